package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where the events of ids arrive, in order (librdmacm: {@code struct rdma_event_channel}). Either it keeps them until someone takes them, or it has a
 * handler, which the connection manager's work queue calls without any lock: it may call every method of the connection manager but those that
 * wait. What a handler throws is the work queue's to log. Thread-safe.
 */
public final class RdmaEventChannel implements AutoCloseable {
    private final ConnectionManager manager;
    private final Optional<Consumer<RdmaCmEvent>> handler;
    private final Gate gate;
    private final ArrayDeque<RdmaCmEvent> events = new ArrayDeque<>(1);
    private boolean closed;

    RdmaEventChannel(ConnectionManager manager, Optional<Consumer<RdmaCmEvent>> handler) {
        this.manager = manager;
        this.gate = manager.gate();
        this.handler = handler;
    }

    /** Takes the next event, or nothing if there is none. EBADF once closed. */
    public synchronized Optional<RdmaCmEvent> poll() {
        requireOpen();
        return Optional.ofNullable(events.pollFirst());
    }

    /**
     * Takes the next event, waiting for it (librdmacm: {@code rdma_get_cm_event}).
     *
     * @throws ErrnoException ETIMEDOUT if none came in time; EBADF once closed; ECANCELED if the thread is interrupted
     */
    public RdmaCmEvent get(Duration timeout) {
        return gate.await(this::poll, timeout).orElseThrow(
                () -> new ErrnoException(Errno.ETIMEDOUT, "no event in " + timeout));
    }

    /** Sees that ids of {@code asking} may report here. EINVAL: it is another host's; EBADF: it is closed. */
    void requireUsableBy(ConnectionManager asking) {
        if (asking != manager) {
            throw new ErrnoException(Errno.EINVAL, "the event channel is another connection manager's");
        }
        synchronized (this) {
            requireOpen();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ErrnoException(Errno.EBADF, "the event channel is closed");
        }
    }

    /** Who is to be called; none once closed. */
    synchronized Optional<Consumer<RdmaCmEvent>> handler() {
        return closed ? Optional.empty() : handler;
    }

    /** Keeps an event for whoever takes it; false, and it is dropped, once closed. */
    boolean keep(RdmaCmEvent event) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            events.addLast(event);
        }
        gate.open();
        return true;
    }

    /** Takes away the events of an id, those of requests that it got as a listener included. */
    synchronized List<RdmaCmEvent> take(RdmaCmId id) {
        List<RdmaCmEvent> taken = new ArrayList<>();
        for (Iterator<RdmaCmEvent> all = events.iterator(); all.hasNext();) {
            RdmaCmEvent event = all.next();
            if (event.listener().orElse(event.id()) == id) {
                all.remove();
                taken.add(event);
            }
        }
        return taken;
    }

    /**
     * Drops what was not taken (requests are rejected) and refuses more; waiters get EBADF, a handler is not called any more. Ids that report here go on
     * in silence until they migrate. Idempotent.
     */
    @Override
    public void close() {
        List<RdmaCmEvent> dropped;
        synchronized (this) {
            closed = true;
            dropped = List.copyOf(events);
            events.clear();
        }
        dropped.forEach(EventMailbox::drop);
        gate.open();
        manager.untrack(this);
    }
}
