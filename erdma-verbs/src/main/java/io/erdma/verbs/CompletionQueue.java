package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.cq.CompletionRing;
import io.erdma.cq.CqSnapshot;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A completion queue (libibverbs: {@code ibv_cq}; kernel: {@code struct erdma_cq}). Any thread may poll and arm, unless made for a single thread. A
 * queue whose device was removed is empty.
 */
public final class CompletionQueue implements AutoCloseable {
    private final CompletionRing ring;
    private final CqInitAttributes attributes;
    private final CqFactory factory;
    private final Ownership ownership;
    private final UseCount users = new UseCount();
    private final Optional<CompletionQueue> event = Optional.of(this);

    /** Events that a channel gave out, and those acknowledged: under the channel's lock. */
    long eventsTaken;
    long eventsAcknowledged;

    CompletionQueue(CompletionRing ring, CqInitAttributes attributes, CqFactory factory, Runnable free) {
        this.ring = ring;
        this.attributes = attributes;
        this.factory = factory;
        this.ownership = new Ownership(attributes.singleThreaded(), free);
    }

    /** Its number, from 1. */
    public int cqn() {
        return ring.cqn();
    }

    /** How many completions it holds: a power of two. */
    public int entries() {
        return ring.depth();
    }

    /** Which completion EQ it reports to, from 0. */
    public int completionVector() {
        return attributes.completionVector();
    }

    /** The caller's own object. */
    public Optional<Object> context() {
        return attributes.context();
    }

    /**
     * Takes completions (libibverbs: {@code ibv_poll_cq}). Those of QPs that are gone are skipped. Allocates nothing, throws nothing.
     *
     * @param max how many at most; what is beyond the array, or below 0, is cut
     * @param into filled in from index 0 on
     * @return how many were taken; 0 of a destroyed CQ
     */
    public int poll(int max, WorkCompletion[] into) {
        if (!ownership.enter()) {
            return 0;
        }
        try {
            return ring.poll(max, into);
        } finally {
            ownership.leave();
        }
    }

    /**
     * Asks for an event (libibverbs: {@code ibv_req_notify_cq}; kernel: with {@code IB_CQ_REPORT_MISSED_EVENTS}). Allocates nothing, throws nothing.
     *
     * @return whether completions are there already: poll again rather than wait. False of a destroyed CQ
     */
    public boolean reqNotify(NotifyKind kind) {
        if (!ownership.enter()) {
            return false;
        }
        try {
            return ring.arm(kind);
        } finally {
            ownership.leave();
        }
    }

    /**
     * Acknowledges events that its channel gave out (libibverbs: {@code ibv_ack_cq_events}). EINVAL: more than were given out, below 0, or a CQ without a
     * channel and any number but 0.
     */
    public void ackEvents(int count) {
        if (attributes.channel().isPresent()) {
            attributes.channel().get().acknowledge(this, count);
        } else if (count != 0) {
            throw new ErrnoException(Errno.EINVAL, this + " has no channel");
        }
    }

    /** What it is now. */
    public CompletionQueueSnapshot snapshot() {
        CqSnapshot now = ring.snapshot();
        return new CompletionQueueSnapshot(cqn(), entries(), completionVector(), users.count(), ownership.count(),
                now.consumerIndex(), now.arms(), now.events(), now.skipped());
    }

    /**
     * Destroys it (libibverbs: {@code ibv_destroy_cq}). Waits until every event that its channel gave out is acknowledged, so it must not be called by the
     * thread that owes one. A command that fails is logged, and everything is freed all the same. Idempotent.
     *
     * @throws ErrnoException EBUSY: QPs use it; it stays as it is
     */
    @Override
    public void close() {
        if (users.close(toString())) {
            destroy(true);
        }
        ownership.ownerClosed();
    }

    /** The device goes. */
    void remove() {
        users.closeAnyway();
        destroy(false);
        ownership.removed();
    }

    private void destroy(boolean awaitAcknowledgement) {
        if (ownership.destroy()) {
            factory.destroy(this);
            attributes.channel().ifPresent(channel -> channel.leave(this, awaitAcknowledgement));
        }
    }

    CompletionRing ring() {
        return ring;
    }

    CqInitAttributes attributes() {
        return attributes;
    }

    Optional<CompletionQueue> asEvent() {
        return event;
    }

    Consumer<AsyncEvent> eventHandler() {
        return attributes.eventHandler();
    }

    /** One more QP; EINVAL once destroyed. */
    void enter() {
        users.enter(toString());
    }

    void leave() {
        users.leave();
    }

    boolean tryAcquire() {
        return ownership.tryAcquire();
    }

    void release() {
        ownership.release();
    }

    boolean isOf(CqFactory other) {
        return factory == other;
    }

    @Override
    public String toString() {
        return "CQ " + cqn();
    }
}
