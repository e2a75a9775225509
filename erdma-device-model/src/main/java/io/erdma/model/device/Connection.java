package io.erdma.model.device;

import io.erdma.core.exec.WorkQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The way from a QP in RTS to its peer: the verdict of the flow rules, kept with the rules' generation, the peer once the {@link Junction} has joined
 * both, and the time after which a peer that does not come, or a message that does not get through, is given up.
 */
final class Connection {
    private static final long SHORTEST_RETRY_NANOS = 1_000_000;
    private static final int RETRIES = 16;

    private final QueuePair owner;
    private final FourTuple tuple;
    private final FlowPolicy flow;
    private final Junction junction;
    private final WorkQueue timers;
    private final long patienceNanos;

    private volatile @Nullable QueuePair peer;
    /** Published by {@link #peer}. */
    private FlowPolicy peerFlow;
    private volatile boolean lost;

    // of the claimant of the owner's send queue
    private long generation;
    private boolean allowed;

    // under this
    private WorkQueue.@Nullable Delayed timer;
    private volatile boolean closed;
    private volatile boolean stalled;
    private long stalledSince;

    Connection(QueuePair owner, FourTuple tuple, FunctionSite site, long patienceNanos) {
        this.owner = owner;
        this.tuple = tuple;
        this.flow = site.flow();
        this.peerFlow = flow;
        this.junction = site.junction();
        this.timers = site.timers();
        this.patienceNanos = patienceNanos;
        this.generation = flow.generation();
        this.allowed = flow.allows(tuple);
    }

    FourTuple tuple() {
        return tuple;
    }

    /** Looks for the peer. The owner is in RTS. */
    void open() {
        if (!allowed || !junction.join(this)) {
            wakeLater(patienceNanos);
        }
    }

    /** Under the junction's lock. */
    void meet(Connection other) {
        peerFlow = other.flow;
        peer = other.owner;
        other.peerFlow = flow;
        other.peer = owner;
        cancelTimer();
        other.cancelTimer();
        owner.wakeSends();
        other.owner.wakeSends();
    }

    /** The peer, if a message may go there now; else null. */
    @Nullable
    QueuePair reach() {
        if (generation != flow.generation()) {
            judge();
        }
        return allowed ? peer : null;
    }

    private void judge() {
        generation = flow.generation();
        allowed = flow.allows(tuple);
        if (allowed && peer == null && !lost) {
            junction.join(this);
        }
    }

    /** Nothing could be sent. A message that the rules deny is judged again, and so counted; true if it still is. */
    boolean droppedByRule() {
        if (!allowed) {
            judge();
        }
        return !allowed;
    }

    /** Whoever it is joined with, reachable or not. */
    @Nullable
    QueuePair peer() {
        return peer;
    }

    boolean joined() {
        return peer != null;
    }

    /** What the owner's vport sends with, and receives with. */
    FlowPolicy flow() {
        return flow;
    }

    /** The same of the peer; there is one. */
    FlowPolicy peerFlow() {
        return peerFlow;
    }

    /** Whether its QP is gone. Set before it leaves the junction. */
    boolean closed() {
        return closed;
    }

    /** Whether the peer is given up. */
    boolean lost() {
        return lost;
    }

    void giveUp() {
        lost = true;
    }

    /** How long a message may be stuck. */
    long patienceNanos() {
        return patienceNanos;
    }

    /**
     * A message does not get through now.
     *
     * @return true if it is tried again: the send queue is woken when it is time; false if it has been stuck for {@code limitNanos}
     */
    synchronized boolean stall(long limitNanos) {
        long now = timers.clock().nanoTime();
        if (!stalled) {
            stalled = true;
            stalledSince = now;
        }
        long left = limitNanos - (now - stalledSince);
        if (left <= 0 || closed) {
            return false;
        }
        wakeLater(Math.min(left, Math.max(SHORTEST_RETRY_NANOS, limitNanos / RETRIES)));
        return true;
    }

    /** A message got through. */
    void moved() {
        if (stalled) {
            stalled = false;
        }
    }

    private synchronized void wakeLater(long delayNanos) {
        if (timer != null || closed) {
            return;
        }
        try {
            timer = timers.schedule(this::timeUp, delayNanos);
        } catch (RejectedExecutionException e) {
            // the card is going down
            lost = true;
        }
    }

    private void timeUp() {
        synchronized (this) {
            timer = null;
            if (closed) {
                return;
            }
            if (peer == null) {
                lost = true;
            }
        }
        if (lost) {
            junction.leave(this);
        }
        owner.wakeSends();
    }

    private synchronized void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** Lets go of everything. The peer finds the owner out of RTS. */
    void close() {
        synchronized (this) {
            closed = true;
            cancelTimer();
        }
        junction.leave(this);
    }
}
