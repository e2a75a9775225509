package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.net.StreamStack;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/**
 * The end points of one host, and the work queue that serves them all. Closing it, or taking a device away, leaves no stream, listener, timer or
 * reference behind. Thread-safe.
 */
public final class EndPoints implements AutoCloseable {
    private final StreamStack streams;
    private final WorkQueue queue;
    private final Set<EndPoint> live = ConcurrentHashMap.newKeySet();
    private final Set<ListeningEndPoint> listening = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** None yet; the queue stays its owner's. */
    public EndPoints(StreamStack streams, WorkQueue queue) {
        this.streams = streams;
        this.queue = queue;
    }

    /** The host's TCP. */
    public StreamStack streams() { return streams; }

    /** The queue that all work runs on. */
    public WorkQueue queue() { return queue; }

    /** Queues work; false, and nothing happens, once the queue is closed. */
    public boolean submit(Runnable work) {
        try {
            queue.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** A timer; none once the queue is closed, when nothing is awaited any more. */
    Optional<WorkQueue.Delayed> schedule(Runnable work, long delayNanos) {
        try {
            return Optional.of(queue.schedule(work, delayNanos));
        } catch (RejectedExecutionException e) {
            return Optional.empty();
        }
    }

    /** Counts an end point in. False if it came too late: the device is gone, or this is closed. */
    boolean add(EndPoint endPoint) {
        live.add(endPoint);
        return usable(endPoint.device); // asked after the add: who removes the device looks at the set after it has gone
    }

    void remove(EndPoint endPoint) { live.remove(endPoint); }

    boolean add(ListeningEndPoint endPoint) {
        listening.add(endPoint);
        return usable(endPoint.device);
    }

    void remove(ListeningEndPoint endPoint) { listening.remove(endPoint); }

    private boolean usable(DevicePort device) { return !closed && device.alive(); }

    /** What a call gets that comes too late. */
    ErrnoException gone(DevicePort device) {
        return closed
                ? new ErrnoException(Errno.EBADF, "the connection manager is closed")
                : new ErrnoException(Errno.ENODEV, "device " + device.name() + " is gone");
    }

    /** How many end points and listeners there are. */
    public int count() { return live.size() + listening.size(); }

    /** Closes all end points of a device that is no longer {@linkplain DevicePort#alive() alive}: connected ones report {@link IwEvent.Close}. */
    public void deviceRemoved(DevicePort device) {
        listening.stream().filter(each -> each.device.equals(device)).forEach(ListeningEndPoint::close);
        live.stream().filter(each -> each.device.equals(device)).forEach(EndPoint::deviceRemoved);
    }

    /** Closes all end points without events. Idempotent. */
    @Override
    public void close() {
        closed = true;
        listening.forEach(ListeningEndPoint::close);
        live.forEach(EndPoint::close);
    }
}
