package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.EndPoints;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.StreamStack;
import io.erdma.verbs.DeviceRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The connection manager of one host. Everything that happens to connections happens on one work queue, so events come one at a time and in order.
 * Thread-safe; closing it leaves no stream, listener, timer or QP reference behind.
 */
public final class ConnectionManager implements AutoCloseable {
    private final NetdevRegistry netdevs;
    private final DeviceDirectory directory;
    private final EndPoints endPoints;
    private final Set<RdmaCmId> ids = ConcurrentHashMap.newKeySet();
    /** Channels, listeners and connections: what somebody may be waiting at. */
    private final Set<AutoCloseable> waited = ConcurrentHashMap.newKeySet();
    private final DeviceDirectory.Subscription subscription;
    private volatile boolean closed;

    /** A connection manager for all devices that are, or will be, registered. The queue is handed in open, and closed by its owner, after this. */
    public ConnectionManager(StreamStack streams, NetdevRegistry netdevs, DeviceRegistry devices, WorkQueue queue) {
        this(streams, netdevs, new VerbsDirectory(devices), queue);
    }

    ConnectionManager(StreamStack streams, NetdevRegistry netdevs, DeviceDirectory directory, WorkQueue queue) {
        this.netdevs = netdevs;
        this.directory = directory;
        this.endPoints = new EndPoints(streams, queue);
        this.subscription = directory.subscribe(new Devices());
    }

    /** A channel that keeps events until they are taken (librdmacm: {@code rdma_create_event_channel}). EBADF once this is closed. */
    public RdmaEventChannel createEventChannel() {
        RdmaEventChannel channel = new RdmaEventChannel(this, Optional.empty());
        track(channel);
        if (closed) {
            channel.close();
            throw closedError();
        }
        return channel;
    }

    /** A channel whose handler is called by the work queue with each event, as kernel users of rdma_cm have it. */
    public RdmaEventChannel createEventChannel(Consumer<RdmaCmEvent> handler) {
        return new RdmaEventChannel(this, Optional.of(handler));
    }

    Gate gate() { return Gate.before(endPoints.queue()); }

    /**
     * A new id (librdmacm: {@code rdma_create_id} in RDMA_PS_TCP, the only port space).
     *
     * @throws ErrnoException EINVAL: the channel is another connection manager's; EBADF: it, or this, is closed
     */
    public RdmaCmId createId(RdmaEventChannel channel) {
        channel.requireUsableBy(this);
        RdmaCmId id = new RdmaCmId(this, channel);
        remember(id);
        if (closed) {
            id.close();
            throw closedError();
        }
        return id;
    }

    /** A new id whose calls wait (librdmacm: {@code rdma_create_id} without an event channel). EBADF once this is closed. */
    public RdmaSyncId createSyncId() {
        return RdmaSyncId.create(this);
    }

    private static ErrnoException closedError() {
        return new ErrnoException(Errno.EBADF, "the connection manager is closed");
    }

    /** All ids that are not closed, in no order; for whoever wants to show them. */
    public List<RdmaCmId> ids() {
        return List.copyOf(ids);
    }

    /** {@link #listen(InetSocketAddress, ConnectionOptions)} with the usual options. */
    public RdmaListener listen(String address, int port) {
        return listen(endpoint(address, port), ConnectionOptions.DEFAULT);
    }

    /**
     * Listens, and accepts whoever connects.
     *
     * @param local IPv4 address of this host or the wildcard, and a port, 0 for any free one
     * @throws ErrnoException EAFNOSUPPORT; EADDRINUSE, EADDRNOTAVAIL; ENODEV: no device there; EBADF: this is closed
     */
    public RdmaListener listen(InetSocketAddress local, ConnectionOptions options) {
        return RdmaListener.open(this, local, options);
    }

    /** {@link #connect(InetSocketAddress, ConnectionOptions)} with the usual options. */
    public RdmaConnection connect(String address, int port) {
        return connect(endpoint(address, port), ConnectionOptions.DEFAULT);
    }

    /**
     * Connects, and waits for it. Not to be called by handlers: the work queue, which would have to answer, must not wait for itself.
     *
     * @throws ErrnoException EAFNOSUPPORT; ENETUNREACH: no route; ENODEV: no device on it; EADDRNOTAVAIL: no source address; what verbs refuse of the options;
     *     EINVAL: private data, IRD or ORD over the limits; ECONNRESET, ECONNREFUSED: the peer refused; ETIMEDOUT: it did not answer; EIO, EINVAL: it
     *     answered badly; ECANCELED: the thread is interrupted; EBADF: this is closed. Nothing is left then
     */
    public RdmaConnection connect(InetSocketAddress remote, ConnectionOptions options) {
        return RdmaConnection.open(this, remote, options);
    }

    private static InetSocketAddress endpoint(String address, int port) {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(address), port);
        } catch (IllegalArgumentException e) {
            throw new ErrnoException(Errno.EINVAL, address + ":" + port + " is no IP address and port", e);
        }
    }

    /** How many ids are open. */
    public int idCount() { return ids.size(); }

    Clock clock() {
        return endPoints.queue().clock();
    }

    void remember(RdmaCmId id) {
        ids.add(id);
    }

    void forget(RdmaCmId id) {
        ids.remove(id);
    }

    void track(AutoCloseable place) {
        waited.add(place);
    }

    void untrack(AutoCloseable place) {
        waited.remove(place);
    }

    NetdevRegistry netdevs() { return netdevs; }

    StreamStack streams() { return endPoints.streams(); }

    DeviceDirectory directory() { return directory; }

    EndPoints endPoints() { return endPoints; }

    void submit(Runnable work) { endPoints.submit(work); }

    /**
     * Closes all ids and end points, all listeners and connections with what they made, and all channels that keep events: who waits gets EBADF. The work
     * queue stays its owner's and must still be open. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        closed = true;
        subscription.close();
        ids.forEach(RdmaCmId::close);
        waited.forEach(ConnectionManager::closeQuietly); // after the ids: who began with an open one is known here
        endPoints.close();
        endPoints.queue().flush(); // streams that were accepted but not looked at
        ids.forEach(RdmaCmId::close); // requests that were on the way to their listener
    }

    private static void closeQuietly(AutoCloseable place) {
        try {
            place.close();
        } catch (Exception e) {
            throw new IllegalStateException(place + " refuses to be closed", e);
        }
    }

    /**
     * A device that goes has its connections closed in the caller's thread, so that it finds its QPs free of references; ids are told by the queue, behind
     * what their connections reported.
     */
    private final class Devices implements DeviceDirectory.Observer {
        @Override
        public void added(DevicePort device) { submit(() -> ids.forEach(id -> id.deviceAdded(device))); }

        @Override
        public void removed(DevicePort device) {
            endPoints.deviceRemoved(device);
            submit(() -> ids.forEach(id -> id.deviceRemoved(device)));
        }
    }
}
