package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.cq.CompletionRing;
import io.erdma.cq.CqSnapshot;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A completion queue of kernel verbs (libibverbs: {@code ibv_cq}; kernel: {@code struct erdma_cq} with its {@code kern_cq}). Any thread may poll and arm, unless made for a single thread. A
 * queue whose device was removed is empty.
 */
public final class CompletionQueue extends DeviceCq implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionQueue.class);

    private final CompletionRing ring;
    private final CqInitAttributes attributes;
    private final Optional<CompletionQueue> event = Optional.of(this);

    /** Events that a channel gave out, and those acknowledged: under the channel's lock. */
    long eventsTaken;
    long eventsAcknowledged;

    CompletionQueue(CompletionRing ring, CqInitAttributes attributes, CqFactory factory, Runnable free) {
        super(factory, new Ownership(attributes.singleThreaded(), free));
        this.ring = ring;
        this.attributes = attributes;
    }

    /** Its number, from 1. */
    @Override
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
        } catch (IllegalStateException unmapped) {
            return notArmedAsGone(unmapped);
        } finally {
            ownership.leave();
        }
    }

    /** The registers were unmapped in the midst of an arm: its device is gone, and the CQ was destroyed before. */
    private boolean notArmedAsGone(IllegalStateException unmapped) {
        if (ownership.destroyed()) {
            return false;
        }
        throw unmapped;
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
    @Override
    public CompletionQueueSnapshot snapshot() {
        CqSnapshot now = ring.snapshot();
        return new CompletionQueueSnapshot(cqn(), entries(), completionVector(), users(), ownership.count(),
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
        destroyByOwner();
    }

    @Override
    void forget(boolean byOwner) {
        attributes.channel().ifPresent(channel -> channel.leave(this, byOwner));
    }

    // The handler of a vector serves many CQs: one that throws harms no other.
    @Override
    void completed() {
        ring.eventTaken();
        if (attributes.channel().isPresent()) {
            attributes.channel().get().raise(this);
        }
        try {
            attributes.completionHandler().accept(this);
        } catch (RuntimeException e) {
            LOG.debug("the completion handler of {} failed", this, e);
        }
    }

    @Override
    void failed(EventSubscribers subscribers) {
        subscribers.tell(attributes.eventHandler(), new AsyncEvent.OfCompletionQueue(AsyncEventType.CQ_ERR, this));
    }

    Optional<CompletionQueue> asEvent() {
        return event;
    }
}
