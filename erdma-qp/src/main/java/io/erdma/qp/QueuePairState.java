package io.erdma.qp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ModifyQp;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State machine of an iWARP QP. A move is: look it up in {@link Transition}, command to the device, state, then who must hear of it. A command
 * that fails leaves everything as it was. Safe for use by any thread; moves of one QP follow each other. Kernel: {@code erdma_modify_qp_internal},
 * {@code erdma_qp_llp_close}; driver behaviour: §4.
 */
public final class QueuePairState implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueuePairState.class);

    private final int qpn;
    private final CommandChannel commands;
    private final Runnable flush;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile IwarpQpState state = IwarpQpState.IDLE;
    private @Nullable ConnectionOwner owner; // under the lock

    /**
     * A QP that CREATE_QP has just made: IDLE.
     *
     * @param flush called when the QP left RTS, or went to ERROR before it: from now on its requests must be flushed
     *        ({@link Reflusher#start}; nothing for a user QP)
     */
    public QueuePairState(int qpn, CommandChannel commands, Runnable flush) {
        this.qpn = RingChecks.qpn(qpn);
        this.commands = commands;
        this.flush = flush;
    }

    /** The state at this moment. */
    public IwarpQpState state() {
        return state;
    }

    /**
     * Makes an end point the owner of the QP's connection, before it connects.
     *
     * @throws ErrnoException EINVAL: the QP is beyond RTR, or has an owner
     */
    public void attach(ConnectionOwner newOwner) {
        lock.lock();
        try {
            requireUnconnected();
            if (owner != null) {
                throw new ErrnoException(Errno.EINVAL, "QP " + qpn + " has an end point already");
            }
            owner = newOwner;
        } finally {
            lock.unlock();
        }
    }

    /** The end point lets go of the QP by itself: it will not be told of anything. Nothing happens if it is not the owner. */
    @SuppressWarnings("ReferenceEquality") // that very end point
    public void detach(ConnectionOwner oldOwner) {
        lock.lock();
        try {
            if (owner == oldOwner) {
                owner = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * IDLE or RTR to RTS.
     *
     * @throws ErrnoException EINVAL: the QP is beyond RTR, or a parameter does not fit its field; EIO, ETIME, ENODEV: the command failed. The state
     *         stays then
     */
    public void connect(ConnectionParameters connection) {
        lock.lock();
        try {
            requireUnconnected();
            IwarpQpState from = state;
            commands.execute(CommandOpcode.MODIFY_QP, (slot, offset) -> {
                ModifyQp.setQpn(slot, offset, qpn);
                ModifyQp.setState(slot, offset, IwarpQpState.RTS.number());
                ModifyQp.setCongestionControl(slot, offset, connection.congestionControl().number());
                ModifyQp.setPeerCookie(slot, offset, connection.peerCookie());
                ModifyQp.setDestinationIpv4(slot, offset, connection.destinationAddress());
                ModifyQp.setSourceIpv4(slot, offset, connection.sourceAddress());
                ModifyQp.setSourcePort(slot, offset, connection.sourcePort());
                ModifyQp.setDestinationPort(slot, offset, connection.destinationPort());
                ModifyQp.setSendSequence(slot, offset, connection.sendSequence() + connection.replyBytes());
                ModifyQp.setReceiveSequence(slot, offset, connection.receiveSequence());
            });
            setIfStill(from, IwarpQpState.RTS);
        } finally {
            lock.unlock();
        }
    }

    private void requireUnconnected() {
        if (state != IwarpQpState.IDLE && state != IwarpQpState.RTR) {
            throw new ErrnoException(Errno.EINVAL, "QP " + qpn + " is in state " + state + ", beyond RTR");
        }
    }

    /**
     * Moves the QP as a caller of {@code modifyQp} asks. A move that the table does not have leaves the state alone and succeeds.
     *
     * @return the state afterwards
     * @throws ErrnoException EINVAL: RTS is asked for an unconnected QP ({@link #connect} does that); ECONNABORTED: back from CLOSING into work;
     *         EIO, ETIME, ENODEV: the command failed. Nothing has changed then
     */
    public IwarpQpState modify(IwarpQpState to) {
        Transition done;
        ConnectionOwner told;
        lock.lock();
        try {
            IwarpQpState from = state;
            done = move(from, to);
            told = done.startsFlush() ? takeOwner() : null;
        } finally {
            lock.unlock();
        }
        if (done.startsFlush()) {
            flush.run();
        }
        tell(told, done);
        return state;
    }

    private Transition move(IwarpQpState from, IwarpQpState to) {
        Transition transition = Transition.of(from, to);
        switch (transition) {
            case CONNECT ->
                throw new ErrnoException(Errno.EINVAL, "QP " + qpn + " has no connection, and goes to RTS by it alone");
            case ABORTED ->
                throw new ErrnoException(Errno.ECONNABORTED, "QP " + qpn + " is closing, and cannot go to " + to);
            case NOTHING -> {}
            case STATE_ONLY -> state = to;
            case FAIL, LEAVE, COMMAND_ONLY -> {
                commandTo(to);
                setIfStill(from, to);
            }
        }
        return transition;
    }

    private void commandTo(IwarpQpState to) {
        commands.execute(CommandOpcode.MODIFY_QP, (slot, offset) -> {
            ModifyQp.setQpn(slot, offset, qpn);
            ModifyQp.setState(slot, offset, to.number());
        });
    }

    /** What the command set off in this thread, an event handler perhaps, may have moved the QP on already. */
    private void setIfStill(IwarpQpState from, IwarpQpState to) {
        if (state == from) {
            state = to;
        }
    }

    private @Nullable ConnectionOwner takeOwner() {
        ConnectionOwner taken = owner;
        owner = null;
        return taken;
    }

    private static void tell(@Nullable ConnectionOwner told, Transition done) {
        if (told == null) {
            return;
        }
        if (done == Transition.LEAVE) {
            told.qpLeftRts();
        } else {
            told.qpFailedBeforeRts();
        }
    }

    /**
     * The TCP stream closed: RTS goes to CLOSING, CLOSING to IDLE, other states stay.
     *
     * @throws ErrnoException EIO, ETIME, ENODEV: the command failed; the state stays
     */
    public void streamClosed() {
        switch (state) {
            case RTS -> modify(IwarpQpState.CLOSING);
            case CLOSING -> modify(IwarpQpState.IDLE);
            case IDLE, RTR, TERMINATE, ERROR -> {}
        }
    }

    /**
     * The QP is about to be destroyed: to ERROR as by {@link #modify}; and where the device does not answer, the state is ERROR and the owner is
     * told all the same, for the QP will be gone. Idempotent, throws nothing of the device's.
     */
    @Override
    public void close() {
        try {
            modify(IwarpQpState.ERROR);
        } catch (ErrnoException e) {
            LOG.debug("QP {} goes without its MODIFY_QP", qpn, e);
            abandon();
        }
    }

    private void abandon() {
        ConnectionOwner told;
        Transition done;
        lock.lock();
        try {
            done = Transition.of(state, IwarpQpState.ERROR);
            state = IwarpQpState.ERROR;
            told = takeOwner();
        } finally {
            lock.unlock();
        }
        tell(told, done);
    }
}
