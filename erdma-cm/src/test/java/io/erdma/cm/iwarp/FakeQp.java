package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A QP that follows the state table of driver-behaviour §4 and remembers what was asked of it. */
public final class FakeQp implements QpPort {
    private final int qpn;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private State state = State.IDLE;
    private Optional<Runnable> owner = Optional.empty();
    private Optional<Handover> handover = Optional.empty();
    private Optional<Errno> refusal = Optional.empty();
    private int congestionControl = MpaFrame.CUBIC;
    private int references;

    /** iWARP state. */
    public enum State {
        IDLE, RTR, RTS, CLOSING, ERROR
    }

    FakeQp(int qpn) { this.qpn = qpn; }

    /** Its number. */
    public int qpn() { return qpn; }

    /** Gives it a congestion control. */
    public synchronized FakeQp congestionControl(int value) {
        congestionControl = value;
        return this;
    }

    /** Puts it into a state, telling nobody. */
    public synchronized FakeQp state(State newState) {
        state = newState;
        return this;
    }

    /** From now on the device refuses MODIFY_QP. */
    public synchronized FakeQp refuse(Errno errno) {
        refusal = Optional.of(errno);
        return this;
    }

    /** Its state. */
    public synchronized State state() { return state; }

    /** What it was connected with. */
    public synchronized Handover handover() { return handover.orElseThrow(); }

    /** References held by end points. */
    public synchronized int references() { return references; }

    /** Whether an end point owns its connection. */
    public synchronized boolean owned() { return owner.isPresent(); }

    /** What was asked of it, in order. */
    public List<String> log() { return log; }

    synchronized void acquire() { references++; }

    /** The device, or another user of the QP, moves it to ERROR. */
    public void fail() { leave(State.ERROR); }

    private void leave(State to) {
        Optional<Runnable> told;
        synchronized (this) {
            told = owner;
            owner = Optional.empty();
            state = to;
        }
        told.ifPresent(Runnable::run);
    }

    @Override
    public synchronized boolean connectable() { return state == State.IDLE || state == State.RTR; }

    @Override
    public synchronized boolean connected() { return state == State.RTS; }

    @Override
    public int cookie() { return 0xC0010000 + qpn; }

    @Override
    public int congestionControl() { return congestionControl; }

    @Override
    public synchronized boolean attach(Runnable leftRts) {
        if (owner.isPresent() || !connectable()) {
            return false;
        }
        owner = Optional.of(leftRts);
        return true;
    }

    @Override
    public synchronized void detach() { owner = Optional.empty(); }

    @Override
    public synchronized void connect(Handover newHandover) {
        log.add("connect");
        check();
        handover = Optional.of(newHandover);
        state = State.RTS;
    }

    @Override
    public synchronized void streamClosed() {
        log.add("streamClosed");
        check();
        state = switch (state) {
            case RTS -> State.CLOSING;
            case CLOSING -> State.IDLE;
            default -> state;
        };
    }

    @Override
    public void disconnect(boolean abrupt) {
        log.add(abrupt ? "abort" : "disconnect");
        check();
        if (state() == State.RTS || abrupt) {
            leave(abrupt ? State.ERROR : State.CLOSING);
        }
    }

    private synchronized void check() {
        refusal.ifPresent(errno -> {
            throw new ErrnoException(errno);
        });
    }

    @Override
    public synchronized void release() { references--; }

}
