package io.erdma.model.device;

import io.erdma.hw.IwarpQpState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A queue pair: its state and what both its sides share. The sides are {@link SendQueue} and {@link ReceiveQueue}. */
final class QueuePair {
    static final int IDLE = IwarpQpState.IDLE.number();
    static final int RTS = IwarpQpState.RTS.number();
    static final int CLOSING = IwarpQpState.CLOSING.number();
    static final int ERROR = IwarpQpState.ERROR.number();
    /** Destroyed, or the function was reset. */
    static final int GONE = ERROR + 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(QueuePair.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Session session;
    private final MemoryTable memory;
    private final int qpn;
    private final int pd;
    private final boolean kernel;
    private final SendQueue sends;
    private final ReceiveQueue receives;
    private final int sendDoorbellPage;
    private final int receiveDoorbellPage;
    private volatile int state = IDLE;
    private volatile @Nullable Connection connection;
    private volatile @Nullable Violation terminated;

    private volatile boolean held;
    private DoorbellPages.@Nullable Owner owner;

    /** Own messages, and responses to them. Written by the claimant of the send queue. */
    final Traffic sent = new Traffic();
    final Traffic responses = new Traffic();
    /** The peer's messages, and responses to them. Written by the claimant of the peer's send queue. */
    final Traffic received = new Traffic();
    final Traffic answered = new Traffic();

    /** What CREATE_QP says of one of the two queues. */
    record Side(Ring ring, int depth, HostWord record, CompletionQueue completions, int doorbellPage) {}

    /** @param kernel whether it is the driver's own */
    QueuePair(Session session, int qpn, int pd, boolean kernel, Side send, Side receive) {
        this.session = session;
        this.memory = session.memory();
        this.qpn = qpn;
        this.pd = pd;
        this.kernel = kernel;
        this.sends = new SendQueue(this, send);
        this.receives = new ReceiveQueue(this, receive);
        this.sendDoorbellPage = send.doorbellPage;
        this.receiveDoorbellPage = receive.doorbellPage;
    }

    Session session() {
        return session;
    }

    /** Its function's regions. */
    MemoryTable memory() {
        return memory;
    }

    /** The region that an element of its own names; a user program's QP does not have the local DMA key, which would open all of the host to it. */
    MemoryRegion findLocal(int stag) {
        return kernel ? memory.findLocal(stag) : memory.find(stag);
    }

    int qpn() {
        return qpn;
    }

    int pd() {
        return pd;
    }

    SendQueue sends() {
        return sends;
    }

    ReceiveQueue receives() {
        return receives;
    }

    int sendDoorbellPage() {
        return sendDoorbellPage;
    }

    int receiveDoorbellPage() {
        return receiveDoorbellPage;
    }

    int state() {
        return state;
    }

    /** Whether it has left RTS, or went to an error before: its requests are flushed. */
    boolean isFlushing() {
        int now = state;
        return now >= CLOSING && now != GONE;
    }

    /** Whether a planned fault holds its engine. */
    boolean isHeld() {
        return held;
    }

    void setHeld(boolean now) {
        held = now;
    }

    @Nullable
    Connection connection() {
        return connection;
    }

    /** Why it has sent a Terminate, if it has. */
    @Nullable
    Violation terminated() {
        return terminated;
    }

    /** From IDLE to RTS; false if an engine has found an error meanwhile. Command processor. */
    boolean connect(Connection newConnection) {
        connection = newConnection;
        if (!STATE.compareAndSet(this, IDLE, RTS)) {
            return false;
        }
        newConnection.open();
        wakeSends();
        return true;
    }

    /** To CLOSING, TERMINATE or ERROR; flushes. Command processor. A reset may come at the same time: what is gone stays so. */
    void leave(int newState) {
        int before = state;
        while (before != GONE && !STATE.compareAndSet(this, before, newState)) {
            before = state;
        }
        wakeSends();
        wakePeer();
    }

    /** Destroyed. Command processor; a grace period must follow. */
    void discard() {
        state = GONE;
        Connection current = connection;
        if (current != null) {
            current.close();
        }
        wakePeer();
    }

    /**
     * An error found by an engine: to ERROR with an event, unless it has left RTS already. The flush follows when the send queue is run.
     *
     * @param eventType of {@link io.erdma.hw.Aeqe}
     */
    void fail(EngineContext context, int eventType, int subtype) {
        int before = state;
        while (before < CLOSING) {
            if (STATE.compareAndSet(this, before, ERROR)) {
                session.errorEvents().postError(context, eventType, subtype, qpn, 0);
                wakeSends();
                wakePeer();
                return;
            }
            before = state;
        }
    }

    /** The responder ends the stream. */
    void terminate(EngineContext context, Violation violation) {
        terminated = violation;
        session.function().count(ModelCounter.TERMINATES);
        fail(context, violation.eventType(), violation.requesterSyndrome());
    }

    /** Binds it to the user context whose pages it is rung in, or unbinds it. Command processor. */
    void bind(DoorbellPages.@Nullable Owner newOwner) {
        if (owner != null) {
            owner.addUsers(-1);
        }
        owner = newOwner;
        if (newOwner != null) {
            newOwner.addUsers(1);
        }
    }

    /** Has the send queue looked at. */
    void wakeSends() {
        session.function().execution().wake(sends);
    }

    /** A peer that waits for this QP finds out that it waits in vain. */
    void wakePeer() {
        Connection current = connection;
        QueuePair peer = current == null ? null : current.peer();
        if (peer != null) {
            peer.wakeSends();
        }
    }
}
