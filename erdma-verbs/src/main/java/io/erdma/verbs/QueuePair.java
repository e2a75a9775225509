package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.qp.ConnectionOwner;
import io.erdma.qp.ConnectionParameters;
import io.erdma.qp.QueuePairState;
import io.erdma.qp.Reflusher;
import java.util.EnumSet;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A queue pair (libibverbs: {@code ibv_qp}; kernel: {@code struct erdma_qp}). Any thread may post, unless made for a single thread; the other methods are
 * for any thread always.
 *
 * <p>A connection manager finds a QP by number ({@link ErdmaDevice#acquireQp}), attaches itself as owner of its connection, connects it once the MPA frames
 * have been exchanged, and releases it when the connection has gone.
 */
public final class QueuePair implements AutoCloseable {
    private final QpFactory factory;
    private final ProtectionDomain pd;
    private final QpInitAttributes attributes;
    private final KernelQueues queues;
    private final QueuePairState state;
    private final Reflusher reflusher;
    private final int cookie;
    private final Releases uses;
    private final Ownership ownership;
    private volatile ReadLimits readLimits = ReadLimits.NONE;

    QueuePair(
            QpFactory factory, ProtectionDomain pd, QpInitAttributes attributes, KernelQueues queues,
            CommandChannel commands, Reflusher reflusher, int cookie, Releases uses, Releases memory) {
        this.factory = factory;
        this.pd = pd;
        this.attributes = attributes;
        this.queues = queues;
        this.reflusher = reflusher;
        this.cookie = cookie;
        this.uses = uses;
        this.ownership = new Ownership(attributes.singleThreaded(), memory::close);
        this.state = new QueuePairState(queues.sendRing().qpn(), commands, this::startFlush);
    }

    // A QP that is being destroyed needs none: its completions are skipped.
    private void startFlush() {
        if (!ownership.destroyed()) {
            reflusher.start();
        }
    }

    /**
     * Posts a chain of send requests (libibverbs: {@code ibv_post_send}). Requests from the first refused one on are not taken; those before are posted. On a
     * QP in error they are taken and come back flushed. Allocates nothing in working states, throws nothing.
     *
     * @param first the chain; it may be reused when this returns
     * @return a {@link PostResult}: what {@link io.erdma.qp.SendRing#postSend} refuses; EINVAL: a destroyed QP
     */
    public long postSend(@Nullable SendRequest first) {
        if (!ownership.enter()) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        try {
            return posted(queues.sendRing().postSend(first));
        } finally {
            ownership.leave();
        }
    }

    /**
     * Posts a chain of receive requests (libibverbs: {@code ibv_post_recv}), in any state. As {@link #postSend}.
     *
     * @param first the chain; an empty one (null) is no error
     * @return a {@link PostResult}: what {@link io.erdma.qp.ReceiveRing#postRecv} refuses; EINVAL: a destroyed QP
     */
    public long postRecv(@Nullable ReceiveRequest first) {
        if (!ownership.enter()) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        try {
            return posted(queues.receiveRing().postRecv(first));
        } finally {
            ownership.leave();
        }
    }

    private long posted(long result) {
        if (PostResult.taken(result) != 0) {
            reflusher.posted();
        }
        return result;
    }

    /** Its number, from 1. */
    public int qpn() {
        return queues.sendRing().qpn();
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return pd;
    }

    /** What it was made with. */
    public QpInitAttributes initAttributes() {
        return attributes;
    }

    /** The caller's own object. */
    public Optional<Object> context() {
        return attributes.context();
    }

    /** State of its state machine. */
    public IwarpQpState state() {
        return state.state();
    }

    /** Moves it to a state; see {@link #modify(QpModifyAttributes)}. */
    public void modify(QpState to) {
        modify(QpModifyAttributes.to(to));
    }

    /**
     * Modifies it (libibverbs: {@code ibv_modify_qp}; kernel: {@code erdma_modify_qp}). SQD disconnects gracefully, ERR abruptly; a move that the state machine
     * does not have leaves the state alone and succeeds.
     *
     * @throws ErrnoException EOPNOTSUPP: mask bits outside the standard set. EINVAL: another port than 1; RTS without a connection, which only
     *     {@link #connect} makes; a destroyed QP. ECONNABORTED: back from CLOSING into work. The command channel's errors. Nothing has changed then
     */
    public void modify(QpModifyAttributes change) {
        if ((change.mask() & ~QpModifyAttributes.STANDARD_BITS) != 0) {
            throw new ErrnoException(Errno.EOPNOTSUPP, "attribute mask 0x%x".formatted(change.mask()));
        }
        if ((change.mask() & QpModifyAttributes.PORT) != 0) {
            Port.check(change.port());
        }
        checkAlive();
        if ((change.mask() & QpModifyAttributes.STATE) != 0) {
            state.modify(IwarpQpState.of(change.state()));
        }
    }

    private void checkAlive() {
        if (ownership.destroyed()) {
            throw new ErrnoException(Errno.EINVAL, this + " is destroyed");
        }
    }

    /** Asks for its attributes (libibverbs: {@code ibv_query_qp}; kernel: {@code erdma_query_qp}). Refuses nothing. */
    public QpAttributes query() {
        ReadLimits limits = readLimits;
        return new QpAttributes(
                state.state().toVerbs(), capabilities(), factory.port().mtu(), limits.ord, limits.ird,
                EnumSet.of(Access.LOCAL_WRITE, Access.REMOTE_WRITE, Access.REMOTE_READ));
    }

    private QpCapabilities capabilities() {
        QpCapabilities asked = attributes.capabilities();
        return new QpCapabilities(
                queues.sendRing().depth() / Limits.WQEBBS_PER_SEND_WR, queues.receiveRing().depth(), asked.maxSendSge(),
                asked.maxRecvSge(), Limits.INLINE_BYTES);
    }

    /** What the device calls it: the MPA frame carries it to the peer. */
    public int cookie() {
        return cookie;
    }

    /**
     * Makes an end point the owner of the connection: it is told when the QP leaves RTS, or fails before it.
     *
     * @throws ErrnoException EINVAL: the QP is beyond RTR, has an owner, or is destroyed
     */
    public void attach(ConnectionOwner owner) {
        checkAlive();
        state.attach(owner);
    }

    /** The end point lets go by itself and is told of nothing. No effect if it is not the owner. */
    public void detach(ConnectionOwner owner) {
        state.detach(owner);
    }

    /**
     * Moves it to RTS on a connection (kernel: {@code erdma_modify_qp_internal} from {@code erdma_accept} and {@code erdma_proc_mpareply}).
     *
     * @param connection what the device must know
     * @param ord READs and atomics in flight from here, as the peers agreed
     * @param ird READs and atomics in flight towards here
     * @throws ErrnoException EINVAL: the QP is beyond RTR or destroyed; ORD or IRD below 0 or over 128. The command channel's errors. The state stays then
     */
    public void connect(ConnectionParameters connection, int ord, int ird) {
        checkAlive();
        if (ord < 0 || ord > Limits.ORD || ird < 0 || ird > Limits.IRD) {
            throw new ErrnoException(Errno.EINVAL,
                    "ORD " + ord + ", IRD " + ird + ": over " + Limits.ORD + ", " + Limits.IRD);
        }
        ReadLimits before = readLimits;
        readLimits = new ReadLimits(ord, ird);
        try {
            state.connect(connection);
        } catch (ErrnoException e) {
            readLimits = before;
            throw e;
        }
    }

    /**
     * The TCP stream closed: RTS goes to CLOSING, CLOSING to IDLE, other states stay.
     *
     * @throws ErrnoException the command channel's errors; the state stays
     */
    public void streamClosed() {
        state.streamClosed();
    }

    /** Lets go of a QP that {@link ErdmaDevice#acquireQp} gave. The last one who lets go of a destroyed QP frees its number and memory. */
    public void release() {
        ownership.release();
    }

    /** What it is now. */
    public QpSnapshot snapshot() {
        return new QpSnapshot(
                qpn(), pd.pdn(), cqn(attributes.sendCq()), cqn(attributes.receiveCq()), state.state(), cookie,
                capabilities(),
                queues.sendRing().snapshot(), queues.receiveRing().snapshot(), ownership.count());
    }

    private static int cqn(Optional<CompletionQueue> cq) {
        return cq.map(CompletionQueue::cqn).orElse(0);
    }

    /**
     * Destroys it (libibverbs: {@code ibv_destroy_qp}): moves it to ERROR, so that its connection is dropped, and takes it from the device. A command that fails
     * is logged, and everything is freed all the same. Completions that were not polled are skipped from now on. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        destroy();
        ownership.ownerClosed();
    }

    /** The device goes. */
    void remove() {
        destroy();
        ownership.removed();
    }

    private void destroy() {
        if (ownership.destroy()) {
            state.close();
            reflusher.close();
            factory.destroy(qpn());
            uses.close();
        }
    }

    boolean tryAcquire() {
        return ownership.tryAcquire();
    }

    Consumer<AsyncEvent> eventHandler() {
        return attributes.eventHandler();
    }

    @Override
    public String toString() {
        return "QP " + qpn();
    }

    private record ReadLimits(int ord, int ird) {
        private static final ReadLimits NONE = new ReadLimits(0, 0);
    }
}
