package io.erdma.cm;

import io.erdma.cm.iwarp.ActiveEndPoint;
import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.EndPoint;
import io.erdma.cm.iwarp.IwEvent;
import io.erdma.cm.iwarp.Mutex;
import io.erdma.cm.iwarp.PassiveEndPoint;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.verbs.ErdmaDevice;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection, or a port that connections come in by (librdmacm: {@code struct rdma_cm_id}; kernel: {@code drivers/infiniband/core/cma.c} for iWARP).
 * It tells how it goes by {@linkplain RdmaCmEvent events} on its channel. Thread-safe; a refused call changes nothing unless it says so; on a closed id every
 * call is EBADF.
 *
 * <p>Active: {@link #resolveAddr}, {@link #resolveRoute}, {@link #connect}. Passive: {@link #bindAddr}, {@link #listen}, then {@link #accept} or
 * {@link #reject} of the id in a CONNECT_REQUEST. Both: {@link #disconnect}, {@link #close}.
 */
public final class RdmaCmId implements AutoCloseable {
    private final ConnectionManager manager;
    private final EventMailbox mailbox;
    private final Mutex lock = new Mutex();
    private final AddressBinding binding;
    private RdmaCmState state = RdmaCmState.IDLE;
    private @Nullable EndPoint endPoint;
    private @Nullable ListeningPorts ports;
    private Optional<RdmaAddrinfo> addrinfo = Optional.empty();

    RdmaCmId(ConnectionManager manager, RdmaEventChannel channel) {
        this.manager = manager;
        this.mailbox = new EventMailbox(manager, this, channel);
        this.binding = new AddressBinding(manager);
    }

    /** The id of a request that {@code listener} got. */
    private static RdmaCmId ofRequest(RdmaCmId listener, PassiveEndPoint endPoint) {
        RdmaCmId id = new RdmaCmId(listener.manager, listener.channel());
        id.state = RdmaCmState.CONNECT;
        id.endPoint = endPoint;
        id.binding.connected(endPoint.device(), endPoint.local(), endPoint.remote());
        return id;
    }

    /** Our address; the wildcard and port 0 as long as nothing is decided. */
    public InetSocketAddress localAddress() {
        return lock.get(() -> ports == null ? binding.local() : ports.local());
    }

    /** The peer's address, once it is known. */
    public Optional<InetSocketAddress> remoteAddress() {
        return lock.get(binding::remote);
    }

    /** Where it stands at this moment. */
    public RdmaCmState state() {
        return lock.get(() -> state);
    }

    Optional<DevicePort> port() {
        return lock.get(binding::device);
    }

    /** The device that its QP is to be created on (librdmacm: {@code id->verbs}); empty before it is found, and for a listener on the wildcard address. */
    public Optional<ErdmaDevice> device() {
        return lock.get(binding::device).flatMap(manager.directory()::verbs);
    }

    /** The channel that its events go to. */
    public RdmaEventChannel channel() { return mailbox.channel(); }

    /**
     * Finds out what a node and a service stand for (librdmacm: {@code rdma_resolve_addrinfo}), in any state. ADDRINFO_RESOLVED follows.
     *
     * @throws ErrnoException EBUSY: another answer has not been queried yet; what {@link RdmaAddrinfo#of} refuses
     */
    public void resolveAddrinfo(String node, String service, boolean passive) {
        call(() -> {
            if (addrinfo.isPresent()) {
                throw new ErrnoException(Errno.EBUSY, addrinfo.get() + " is there to be queried");
            }
            addrinfo = Optional.of(RdmaAddrinfo.of(node, service, passive));
            manager.submit(() -> mailbox.deliver(RdmaCmEvent.of(RdmaCmEventType.ADDRINFO_RESOLVED, this)));
        });
    }

    /** Takes the answer (librdmacm: {@code rdma_query_addrinfo}). ENOENT: there is none. */
    public RdmaAddrinfo queryAddrinfo() {
        return lock.get(() -> {
            requireOpen();
            RdmaAddrinfo answer = addrinfo.orElseThrow(() -> new ErrnoException(Errno.ENOENT, "no answer"));
            addrinfo = Optional.empty();
            return answer;
        });
    }

    /**
     * Binds to an address of this host, or a port of all of them (librdmacm: {@code rdma_bind_addr}). The port is taken when it is used.
     *
     * @throws ErrnoException EINVAL: it is bound already; EAFNOSUPPORT: not IPv4; EADDRNOTAVAIL: not an address of this host; ENODEV: no device there
     */
    public void bindAddr(InetSocketAddress address) {
        call(() -> {
            require(RdmaCmState.IDLE);
            binding.bind(address);
            state = RdmaCmState.ADDR_BOUND;
        });
    }

    /** {@link #resolveAddr(Optional, InetSocketAddress)} from any address. */
    public void resolveAddr(InetSocketAddress destination) {
        resolveAddr(Optional.empty(), destination);
    }

    /**
     * Finds the device by which a destination is reached (librdmacm: {@code rdma_resolve_addr}; there is nothing to wait for, so no time-out).
     * ADDR_RESOLVED or ADDR_ERROR follows.
     *
     * @param source address to bind to; only for an id that is not bound yet
     * @throws ErrnoException EINVAL: not a new or bound id, or bound already; EAFNOSUPPORT: not IPv4; what {@link #bindAddr} refuses
     */
    public void resolveAddr(Optional<InetSocketAddress> source, InetSocketAddress destination) {
        call(() -> {
            beginResolve(source, destination);
            manager.submit(this::addressResolved);
        });
    }

    private void beginResolve(Optional<InetSocketAddress> source, InetSocketAddress destination) {
        if (state != RdmaCmState.ADDR_BOUND || source.isPresent()) {
            require(RdmaCmState.IDLE);
        }
        binding.target(source, destination);
        state = RdmaCmState.ADDR_QUERY;
    }

    private void addressResolved() {
        Optional<RdmaCmEvent> event = lock.get(
                () -> state == RdmaCmState.ADDR_QUERY ? Optional.of(resolved(binding.resolve())) : Optional.empty());
        event.ifPresent(mailbox::deliver);
    }

    /** A failure leaves it bound, to be tried again. */
    private RdmaCmEvent resolved(Optional<Errno> error) {
        state = error.isPresent() ? RdmaCmState.ADDR_BOUND : RdmaCmState.ADDR_RESOLVED;
        return error.map(errno -> RdmaCmEvent.failure(RdmaCmEventType.ADDR_ERROR, this, errno))
                .orElseGet(() -> RdmaCmEvent.of(RdmaCmEventType.ADDR_RESOLVED, this));
    }

    /**
     * Finds the way to the destination, which on iWARP is TCP's business (librdmacm: {@code rdma_resolve_route}). ROUTE_RESOLVED follows.
     *
     * @throws ErrnoException EINVAL: the address is not resolved
     */
    public void resolveRoute() {
        call(() -> {
            require(RdmaCmState.ADDR_RESOLVED);
            state = RdmaCmState.ROUTE_QUERY;
            manager.submit(this::routeResolved);
        });
    }

    private void routeResolved() {
        if (lock.get(() -> advance(RdmaCmState.ROUTE_QUERY, RdmaCmState.ROUTE_RESOLVED))) {
            mailbox.deliver(RdmaCmEvent.of(RdmaCmEventType.ROUTE_RESOLVED, this));
        }
    }

    /** Both resolutions at once and without events, for callers that would only wait for them. Errno as {@link #resolveAddr} and ADDR_ERROR. */
    void resolveNow(InetSocketAddress destination) {
        call(() -> {
            beginResolve(Optional.empty(), destination);
            state = RdmaCmState.ADDR_BOUND;
            binding.resolve().ifPresent(errno -> {
                throw new ErrnoException(errno, "cannot reach " + destination);
            });
            state = RdmaCmState.ROUTE_RESOLVED;
        });
    }

    /**
     * Begins to connect (librdmacm: {@code rdma_connect}). ESTABLISHED, REJECTED, UNREACHABLE or CONNECT_ERROR follows.
     *
     * @throws ErrnoException EINVAL: the route is not resolved; then, in this order, EINVAL: more than 255 bytes of private data, IRD or ORD over the device's
     *     limits; ENOENT: no such QP on the device; EINVAL: it has a connection; EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH of TCP; ENODEV: the device is gone
     */
    public void connect(RdmaConnParam param) {
        call(() -> {
            require(RdmaCmState.ROUTE_RESOLVED);
            DevicePort device = binding.device().orElseThrow();
            EndPoint opened = ActiveEndPoint.connect(manager.endPoints(), device, Optional.of(binding.local()),
                    binding.remote().orElseThrow(), param.qpn(), param.responderResources(), param.initiatorDepth(),
                    param.privateData(), this::happened);
            endPoint = opened;
            binding.connected(device, opened.local(), opened.remote());
            state = RdmaCmState.CONNECT;
        });
    }

    /**
     * Takes connections (librdmacm: {@code rdma_listen}). CONNECT_REQUESTs follow. On the wildcard address it listens on every device of the host,
     * those that come later too; on each for the addresses of its interface alone.
     *
     * @param backlog requests that may be undecided at one time; 0 or less: 256
     * @throws ErrnoException EINVAL: not a new or bound id; EADDRINUSE, EADDRNOTAVAIL of TCP; ENODEV: the device is gone
     */
    public void listen(int backlog) {
        call(() -> {
            if (state != RdmaCmState.ADDR_BOUND) {
                require(RdmaCmState.IDLE);
            }
            ListeningPorts opened = new ListeningPorts(manager, binding.local(), backlog, this::happened);
            opened.open(binding.device());
            ports = opened;
            state = RdmaCmState.LISTEN;
        });
    }

    /**
     * Accepts a request (librdmacm: {@code rdma_accept}). ESTABLISHED follows, later DISCONNECTED. Receives that the peer's first messages need are
     * posted before. A failure other than the first ends the connection: all that is left to do is to close the id.
     *
     * @throws ErrnoException EINVAL: the id is not one of a request; ECONNRESET: the request is decided, or the peer has closed; ENOENT: no such QP on the
     *     device; EINVAL: it is beyond RTR or has a connection, IRD, ORD or private data over the limits; what the device makes of MODIFY_QP
     */
    public void accept(RdmaConnParam param) {
        call(() -> request().accept(param.qpn(), param.responderResources(), param.initiatorDepth(),
                param.privateData(), this::happened));
    }

    /**
     * Rejects a request (librdmacm: {@code rdma_reject}); nothing follows.
     *
     * @param privateData for the peer's consumer, at most 255 bytes
     * @throws ErrnoException EINVAL: the id is not one of a request, or too much private data; ECONNRESET: the request is decided, or the peer has closed
     */
    public void reject(byte... privateData) {
        call(() -> request().reject(privateData));
    }

    private PassiveEndPoint request() {
        if (state == RdmaCmState.CONNECT && endPoint instanceof PassiveEndPoint passive) {
            return passive;
        }
        throw new ErrnoException(Errno.EINVAL, "not an undecided request: " + state);
    }

    /**
     * Ends the connection (librdmacm: {@code rdma_disconnect}): the QP goes to CLOSING, what is posted is flushed, the peer hears of it. DISCONNECTED
     * follows. No effect on a connection that has ended.
     *
     * @throws ErrnoException EINVAL: it was never connected
     */
    public void disconnect() {
        call(() -> {
            if (endPoint == null) {
                throw new ErrnoException(Errno.EINVAL, "not connected: " + state);
            }
            endPoint.disconnect(false);
        });
    }

    /**
     * Moves the id to another channel, with the events that nobody has taken yet (librdmacm: {@code rdma_migrate_id}).
     *
     * @throws ErrnoException EINVAL: the channel is another connection manager's; EBADF: it, or the id, is closed
     */
    public void migrate(RdmaEventChannel newChannel) {
        mailbox.migrate(newChannel);
    }

    /**
     * Ends it in any state (librdmacm: {@code rdma_destroy_id}): a connection abruptly, a request by rejecting it, a listener with the requests that nobody
     * has taken. No events follow, and those not taken are gone; a handler that runs in another thread may still be running. Idempotent.
     */
    @Override
    public void close() {
        lock.run(() -> {
            state = RdmaCmState.CLOSED;
            if (endPoint != null) {
                endPoint.close();
            }
            if (ports != null) {
                ports.close();
            }
        });
        mailbox.close();
        manager.forget(this);
    }

    // What the work queue brings.

    private void happened(IwEvent event) {
        switch (event) {
            case IwEvent.ConnectRequest request -> requested(request);
            case IwEvent.ConnectReply reply -> {
                if (reply.error().isPresent()) {
                    lock.get(() -> advance(RdmaCmState.CONNECT, RdmaCmState.DISCONNECT));
                }
                mailbox.deliver(RdmaCmEvent.reply(this, reply));
            }
            case IwEvent.Established _ -> mailbox.deliver(RdmaCmEvent.of(RdmaCmEventType.ESTABLISHED, this));
            case IwEvent.Disconnect _ -> {
                // Close follows, and says the same
            }
            case IwEvent.Close _ -> {
                lock.get(() -> advance(RdmaCmState.CONNECT, RdmaCmState.DISCONNECT));
                mailbox.deliver(RdmaCmEvent.of(RdmaCmEventType.DISCONNECTED, this));
            }
        }
    }

    private void requested(IwEvent.ConnectRequest request) {
        RdmaCmId child = ofRequest(this, request.endPoint());
        manager.remember(child);
        mailbox.deliver(RdmaCmEvent.request(child, this, request));
    }

    /** A device came: a listener on the wildcard address takes it in. */
    void deviceAdded(DevicePort added) {
        lock.run(() -> {
            if (ports != null && state == RdmaCmState.LISTEN) {
                ports.add(added);
            }
        });
    }

    /** Its end points are closed already. */
    void deviceRemoved(DevicePort removed) {
        boolean ours = lock.get(() -> {
            if (ports != null) {
                ports.remove(removed);
            }
            boolean bound = state != RdmaCmState.CLOSED && binding.device().filter(removed::equals).isPresent();
            state = bound ? RdmaCmState.DEVICE_REMOVAL : state;
            return bound;
        });
        if (ours) {
            mailbox.deliver(RdmaCmEvent.of(RdmaCmEventType.DEVICE_REMOVAL, this));
        }
    }

    private boolean advance(RdmaCmState from, RdmaCmState to) {
        boolean fits = state == from;
        state = fits ? to : state;
        return fits;
    }

    private void require(RdmaCmState needed) {
        if (state != needed) {
            throw new ErrnoException(Errno.EINVAL, "the id is " + state + ", not " + needed);
        }
    }

    private void call(Runnable action) {
        lock.run(() -> {
            requireOpen();
            action.run();
        });
    }

    private void requireOpen() {
        if (state == RdmaCmState.CLOSED) {
            throw new ErrnoException(Errno.EBADF, "the id is closed");
        }
    }

    @Override
    public String toString() {
        return lock.get(
                () -> "id[" + state + ", " + localAddress() + binding.remote().map(r -> " → " + r).orElse("") + "]");
    }
}
