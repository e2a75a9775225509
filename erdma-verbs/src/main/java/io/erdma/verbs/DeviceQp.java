package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.qp.ConnectionOwner;
import io.erdma.qp.ConnectionParameters;
import io.erdma.qp.QueuePairState;
import java.util.EnumSet;

/**
 * A QP as the device and its connection know it, whoever has its rings: {@link QueuePair kernel verbs} or a user program (kernel: {@code struct erdma_qp}, of
 * which the two are one). Thread-safe.
 *
 * <p>A connection manager finds a QP by number ({@link ErdmaDevice#acquireQp}), attaches itself as owner of its connection, connects it once the MPA frames
 * have been exchanged, and releases it when the connection has gone.
 */
public abstract sealed class DeviceQp permits QueuePair, UserQp {
    final Ownership ownership;
    private final QpFactory factory;
    private final ProtectionDomain pd;
    private final int qpn;
    private final int cookie;
    private final Releases uses;
    private final QueuePairState state;
    private volatile ReadLimits readLimits = ReadLimits.NONE;

    /**
     * @param uses what is given back when it is destroyed
     * @param ownership frees what must last until nobody holds it any more
     */
    DeviceQp(QpFactory factory, ProtectionDomain pd, int qpn, int cookie, CommandChannel commands, Releases uses,
            Ownership ownership) {
        this.factory = factory;
        this.pd = pd;
        this.qpn = qpn;
        this.cookie = cookie;
        this.uses = uses;
        this.ownership = ownership;
        this.state = new QueuePairState(qpn, commands, this::startFlush);
    }

    /** Its number, from 1. */
    public int qpn() {
        return qpn;
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return pd;
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

    /** Asks for its attributes (libibverbs: {@code ibv_query_qp}; kernel: {@code erdma_query_qp}). EINVAL: a destroyed QP. */
    public QpAttributes query() {
        checkAlive();
        ReadLimits limits = readLimits;
        return new QpAttributes(
                state.state().toVerbs(), capabilities(), factory.port().mtu(), limits.ord, limits.ird,
                EnumSet.of(Access.LOCAL_WRITE, Access.REMOTE_WRITE, Access.REMOTE_READ));
    }

    /** Its real sizes, in work requests. */
    abstract QpCapabilities capabilities();

    /** Sizes of queues of these depths. */
    static QpCapabilities capabilities(QpCapabilities asked, int sendDepth, int receiveDepth) {
        return new QpCapabilities(sendDepth / Limits.WQEBBS_PER_SEND_WR, receiveDepth, asked.maxSendSge(),
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

    /** Lets go of a QP that {@link ErdmaDevice#acquireQp} gave. The last one who lets go of a destroyed QP frees its number. */
    public void release() {
        ownership.release();
    }

    /** What it is now. */
    public abstract QpSnapshot snapshot();

    /** It left RTS, or went to ERROR before it: its requests must be flushed. */
    abstract void startFlush();

    /** No flush is under way or will be. */
    abstract void endFlush();

    /** The device says that it is in error. */
    abstract void failed(EventSubscribers subscribers);

    final boolean tryAcquire() {
        return ownership.tryAcquire();
    }

    /** Its owner destroys it. */
    final void destroyByOwner() {
        destroy();
        ownership.ownerClosed();
    }

    /** The device or the context goes. */
    final void remove() {
        destroy();
        ownership.removed();
    }

    private void destroy() {
        if (ownership.destroy()) {
            state.close();
            endFlush();
            factory.destroy(qpn);
            uses.close();
        }
    }

    @Override
    public final String toString() {
        return "QP " + qpn;
    }

    private record ReadLimits(int ord, int ird) {
        private static final ReadLimits NONE = new ReadLimits(0, 0);
    }
}
