package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A connection with its PD, CQ and QP, for people in a hurry: {@link ConnectionManager#connect} or {@link RdmaListener#accept} made it, {@link #close}
 * takes all of it away. Underneath it is an {@link RdmaCmId} and verbs objects, all of which are there to be used. Thread-safe.
 */
public final class RdmaConnection implements AutoCloseable {
    private final ConnectionManager manager;
    private final RdmaCmId id;
    private final ConnectionObjects objects;
    private final Gate gate;
    private final Gate completions;
    private final boolean ownCq;
    private final Consumer<RdmaConnection> established;
    private volatile State state = State.CONNECTING;
    private volatile Optional<Errno> failure = Optional.empty();
    private volatile byte[] privateData = {};

    private enum State {
        CONNECTING, ESTABLISHED, FAILED, DISCONNECTED
    }

    private RdmaConnection(ConnectionManager manager, RdmaCmId id, ConnectionOptions options,
            Consumer<RdmaConnection> established) {
        ErdmaDevice device = id.device().orElseThrow(
                () -> new ErrnoException(Errno.ENODEV, "the device of " + id + " is gone"));
        this.manager = manager;
        this.id = id;
        this.gate = manager.gate();
        this.established = established;
        this.completions = Gate.of(manager.clock());
        this.ownCq = options.cq().isEmpty();
        this.objects = new ConnectionObjects(device, options, completions::open);
    }

    /** The active side, see {@link ConnectionManager#connect}. */
    static RdmaConnection open(ConnectionManager manager, InetSocketAddress remote, ConnectionOptions options) {
        RdmaCmId id = manager.createId(manager.createEventChannel(_ -> {}));
        try {
            id.resolveNow(remote);
            RdmaConnection connection = new RdmaConnection(manager, id, options, _ -> {});
            connection.begin(options, id::connect);
            return connection.await(remote, options.timeout());
        } catch (RuntimeException e) {
            id.close();
            throw e;
        }
    }

    /** The passive side: makes the objects and accepts. What it throws leaves the request to the caller. */
    static void answer(ConnectionManager manager, RdmaCmEvent request, ConnectionOptions options,
            Consumer<RdmaConnection> established) {
        RdmaConnection connection = new RdmaConnection(manager, request.id(), options, established);
        connection.privateData = request.privateData();
        connection.begin(options, request.id()::accept);
    }

    private void begin(ConnectionOptions options, Consumer<RdmaConnParam> connect) {
        manager.track(this);
        try {
            id.migrate(manager.createEventChannel(this::happened));
            options.preparation().accept(this);
            connect.accept(options.param().withQpn(qp().qpn()));
        } catch (RuntimeException e) {
            objects.close();
            manager.untrack(this);
            throw e;
        }
    }

    private RdmaConnection await(InetSocketAddress remote, Duration timeout) {
        try {
            Optional<State> end = gate.await(
                    () -> Optional.of(state).filter(now -> now != State.CONNECTING), timeout);
            if (end.isEmpty() || end.get() == State.FAILED) {
                throw new ErrnoException(failure.orElse(Errno.ETIMEDOUT), "no connection to " + remote);
            }
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void happened(RdmaCmEvent event) {
        switch (event.type()) {
            case ESTABLISHED -> {
                if (event.privateData().length > 0) { // of a reply; a request's is known from the beginning
                    privateData = event.privateData();
                }
                advance(State.CONNECTING, State.ESTABLISHED);
                established.accept(this);
            }
            case REJECTED, UNREACHABLE, CONNECT_ERROR -> end(event.status().orElse(Errno.EIO));
            case DISCONNECTED -> end(Errno.ENOTCONN);
            case DEVICE_REMOVAL -> end(Errno.ENODEV);
            default -> {
                // of no concern here
            }
        }
        gate.open();
    }

    /** What was to be a connection has failed; what was one is none any more. */
    private synchronized void end(Errno reason) {
        if (state == State.CONNECTING) {
            failure = Optional.of(reason);
            state = State.FAILED;
        } else if (state == State.ESTABLISHED) {
            state = State.DISCONNECTED;
        }
        gate.open();
    }

    private synchronized void advance(State from, State to) {
        if (state == from) {
            state = to;
        }
    }

    /** Its QP. */
    public QueuePair qp() { return objects.qp(); }

    /** The CQ of both queues. */
    public CompletionQueue cq() { return objects.cq(); }

    /** Its PD. */
    public ProtectionDomain pd() { return objects.pd(); }

    /** Its id. Events do not go to a channel that one could read. */
    public RdmaCmId id() { return id; }

    /** A copy of what the peer sent along with its request or reply, 0–256 bytes. */
    public byte[] privateData() {
        return privateData.clone();
    }

    /** Whether neither side has closed it yet. */
    public boolean isConnected() { return state == State.ESTABLISHED; }

    /** Registers memory for as long as there is the connection; refusals as {@link ProtectionDomain#regMr(MemorySegment, Access...)}. */
    public MemoryRegion register(MemorySegment memory, Access... access) {
        return objects.own(pd().regMr(memory, access));
    }

    /** A signalled SEND of a whole region, to be changed and posted to {@link #qp()}. EINVAL: 4 GiB or more, as in the others. */
    public SendRequest send(MemoryRegion source) {
        SendRequest request = new SendRequest().addSge(source.iova(), length(source), source.lkey());
        request.opcode = WrOpcode.SEND;
        request.flags |= SendFlag.SIGNALED;
        return request;
    }

    /** A signalled RDMA WRITE of a whole region to the peer's memory. */
    public SendRequest write(MemoryRegion source, long remoteAddress, int remoteKey) {
        return remote(WrOpcode.RDMA_WRITE, source, remoteAddress, remoteKey);
    }

    /** A signalled RDMA READ of the peer's memory that fills a whole region. */
    public SendRequest read(MemoryRegion sink, long remoteAddress, int remoteKey) {
        return remote(WrOpcode.RDMA_READ, sink, remoteAddress, remoteKey);
    }

    private SendRequest remote(WrOpcode opcode, MemoryRegion local, long remoteAddress, int remoteKey) {
        SendRequest request = send(local);
        request.opcode = opcode;
        request.remoteAddress = remoteAddress;
        request.remoteKey = remoteKey;
        return request;
    }

    /** A receive into a whole region. */
    public ReceiveRequest receive(MemoryRegion sink) {
        return new ReceiveRequest().set(0, sink.iova(), length(sink), sink.lkey());
    }

    private static int length(MemoryRegion region) {
        if (region.length() >>> Integer.SIZE != 0) {
            throw new ErrnoException(Errno.EINVAL, region.length() + " bytes do not fit one request");
        }
        return (int) region.length();
    }

    /**
     * Takes the next completion of its CQ, waiting for it (librdmacm: {@code rdma_get_send_comp}, {@code rdma_get_recv_comp}; here both have one CQ).
     *
     * @throws ErrnoException ETIMEDOUT: none came in time; EINVAL: the CQ is shared, so its owner waits for it; ECANCELED: the thread is interrupted
     */
    public WorkCompletion awaitCompletion(Duration timeout) {
        if (!ownCq) {
            throw new ErrnoException(Errno.EINVAL, cq() + " is shared");
        }
        WorkCompletion[] into = WorkCompletion.array(1);
        return completions.await(() -> next(into), timeout).orElseThrow(
                () -> new ErrnoException(Errno.ETIMEDOUT, "no completion in " + timeout));
    }

    /** Armed before the last look, so that nothing comes unnoticed. */
    private Optional<WorkCompletion> next(WorkCompletion[] into) {
        int taken = cq().poll(1, into);
        if (taken == 0) {
            cq().reqNotify(NotifyKind.NEXT_COMPLETION);
            taken = cq().poll(1, into);
        }
        return taken == 0 ? Optional.empty() : Optional.of(into[0]);
    }

    /** Ends the connection and keeps the objects, to poll what was flushed; see {@link RdmaCmId#disconnect}. */
    public void disconnect() {
        id.disconnect();
    }

    /** Waits until either side has closed it; false after {@code timeout}. ECANCELED if the thread is interrupted. */
    public boolean awaitDisconnected(Duration timeout) {
        return gate
                .await(() -> Optional.of(state).filter(now -> now == State.DISCONNECTED || now == State.FAILED),
                        timeout)
                .isPresent();
    }

    /** Ends the connection and closes what was made for it: regions, QP, CQ, PD. What others still use of it is left to them. Idempotent; refuses nothing. */
    @Override
    public void close() {
        id.close();
        end(Errno.EBADF);
        objects.close();
        manager.untrack(this);
    }

    @Override
    public String toString() {
        return "connection of " + id;
    }
}
