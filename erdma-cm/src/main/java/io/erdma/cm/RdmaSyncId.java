package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.verbs.ErdmaDevice;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * An id whose calls wait for what they begin (librdmacm: a {@code struct rdma_cm_id} that was made without an event channel). The QP is the caller's, of kernel
 * or of user verbs. For one thread at a time, but {@link #close()}, which any thread may call: who waits gets EBADF. Not to be used by handlers, for the
 * work queue would wait for itself.
 *
 * <p>What a call refuses at once is what that of {@link RdmaCmId} does. What is refused later: ECONNREFUSED: the peer refused or rejected; ETIMEDOUT: it did not
 * answer; the event's status else; ENODEV: the device is gone; ECANCELED: the thread is interrupted. {@link #event()} tells more then.
 */
public final class RdmaSyncId implements AutoCloseable {
    private final ConnectionManager manager;
    private final RdmaCmId id;
    private final RdmaEventChannel channel;
    private Optional<RdmaCmEvent> event = Optional.empty();
    /** Whether there is a connection, so that its end is still to be told. */
    private boolean connected;

    private RdmaSyncId(ConnectionManager manager, RdmaCmId id, RdmaEventChannel channel) {
        this.manager = manager;
        this.id = id;
        this.channel = channel;
    }

    /** See {@link ConnectionManager#createSyncId}. */
    static RdmaSyncId create(ConnectionManager manager) {
        RdmaEventChannel channel = manager.createEventChannel();
        return new RdmaSyncId(manager, manager.createId(channel), channel);
    }

    /** The id of a request, with a channel of its own from now on (librdmacm: {@code ucma_process_conn_req}). */
    private static RdmaSyncId ofRequest(ConnectionManager manager, RdmaCmEvent request) {
        RdmaEventChannel channel = manager.createEventChannel();
        try {
            request.id().migrate(channel);
        } catch (ErrnoException e) { // closed with the manager meanwhile
            channel.close();
            throw e;
        }
        RdmaSyncId made = new RdmaSyncId(manager, request.id(), channel);
        made.event = Optional.of(request);
        return made;
    }

    /** The last event (librdmacm: {@code id->event}): of a request its CONNECT_REQUEST, with the peer's private data, until a call brought another. */
    public Optional<RdmaCmEvent> event() {
        return event;
    }

    /** See {@link RdmaCmId#localAddress}. */
    public InetSocketAddress localAddress() {
        return id.localAddress();
    }

    /** See {@link RdmaCmId#remoteAddress}. */
    public Optional<InetSocketAddress> remoteAddress() {
        return id.remoteAddress();
    }

    /** See {@link RdmaCmId#state}. */
    public RdmaCmState state() {
        return id.state();
    }

    /** See {@link RdmaCmId#device}. */
    public Optional<ErdmaDevice> device() {
        return id.device();
    }

    /** Waits for nothing; see {@link RdmaCmId#bindAddr}. */
    public void bindAddr(InetSocketAddress address) {
        id.bindAddr(address);
    }

    /** Finds the device by which a destination is reached; see {@link RdmaCmId#resolveAddr(InetSocketAddress)}. ENETUNREACH, ENODEV, EADDRNOTAVAIL. */
    public void resolveAddr(InetSocketAddress destination) {
        id.resolveAddr(destination);
        complete(RdmaCmEventType.ADDR_RESOLVED);
    }

    /** Finds the route; see {@link RdmaCmId#resolveRoute}. */
    public void resolveRoute() {
        id.resolveRoute();
        complete(RdmaCmEventType.ROUTE_RESOLVED);
    }

    /** Connects; see {@link RdmaCmId#connect}. The protocol itself takes at most 20 s. */
    public void connect(RdmaConnParam param) {
        id.connect(param);
        complete(RdmaCmEventType.ESTABLISHED);
        connected = true;
    }

    /** Takes connections, and waits for nothing; see {@link RdmaCmId#listen}. */
    public void listen(int backlog) {
        id.listen(backlog);
    }

    /** {@link #getRequest(Duration)} for as long as it takes. */
    public RdmaSyncId getRequest() {
        return getRequest(Gate.FOREVER);
    }

    /**
     * Waits for a request (librdmacm: {@code rdma_get_request}). Its id is the caller's to accept, reject and close; the calls of that wait, too.
     *
     * @throws ErrnoException EINVAL: the id does not listen; ETIMEDOUT: none came in time; ENODEV: the device is gone; EBADF: it is closed; ECANCELED: the thread is
     *     interrupted
     */
    public RdmaSyncId getRequest(Duration timeout) {
        switch (id.state()) {
            case LISTEN -> {
                // as it should be
            }
            case CLOSED -> throw new ErrnoException(Errno.EBADF, "the id is closed");
            case DEVICE_REMOVAL -> throw new ErrnoException(Errno.ENODEV, "the device of " + id + " is gone");
            default -> throw new ErrnoException(Errno.EINVAL, id + " does not listen");
        }
        return ofRequest(manager, next(timeout, RdmaCmEventType.CONNECT_REQUEST));
    }

    /** Accepts a request; see {@link RdmaCmId#accept}. */
    public void accept(RdmaConnParam param) {
        id.accept(param);
        complete(RdmaCmEventType.ESTABLISHED);
        connected = true;
    }

    /** Rejects a request, and waits for nothing; see {@link RdmaCmId#reject}. */
    public void reject(byte... privateData) {
        id.reject(privateData);
    }

    /** Ends the connection, and waits for it; see {@link RdmaCmId#disconnect}. One that the peer has ended needs no waiting. */
    public void disconnect() {
        id.disconnect();
        if (connected) {
            connected = false;
            complete(RdmaCmEventType.DISCONNECTED);
        }
    }

    /**
     * Makes it one that tells by events (librdmacm: {@code rdma_migrate_id}), with those that nobody waited for. This object is of no use any more.
     *
     * @return the same id
     * @throws ErrnoException what {@link RdmaCmId#migrate} refuses; this object goes on then
     */
    public RdmaCmId migrate(RdmaEventChannel newChannel) {
        id.migrate(newChannel);
        channel.close();
        return id;
    }

    private void complete(RdmaCmEventType expected) {
        next(Gate.FOREVER, expected);
    }

    private RdmaCmEvent next(Duration timeout, RdmaCmEventType expected) {
        RdmaCmEvent happened = channel.get(timeout);
        event = Optional.of(happened);
        if (happened.type() != expected) {
            connected = false;
            throw new ErrnoException(refusal(happened), happened.toString());
        }
        return happened;
    }

    /** What librdmacm makes of events ({@code ucma_complete}), which says nothing of a connection or a device that has gone. */
    private static Errno refusal(RdmaCmEvent happened) {
        return switch (happened.type()) {
            case REJECTED -> Errno.ECONNREFUSED;
            case DEVICE_REMOVAL -> Errno.ENODEV;
            case DISCONNECTED -> Errno.ENOTCONN;
            default -> happened.status().orElse(Errno.EINVAL);
        };
    }

    /** See {@link RdmaCmId#close}. Idempotent. */
    @Override
    public void close() {
        id.close();
        channel.close();
    }

    @Override
    public String toString() {
        return "synchronous " + id;
    }
}
