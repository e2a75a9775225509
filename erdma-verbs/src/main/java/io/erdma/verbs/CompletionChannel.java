package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Completion events of several CQs, to wait for (libibverbs: {@code ibv_comp_channel}, {@code ibv_get_cq_event}). An event that was taken must be
 * acknowledged ({@link CompletionQueue#ackEvents}): closing a CQ waits for that. Safe for use by several threads.
 */
public final class CompletionChannel implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<CompletionQueue> events = new ArrayDeque<>();
    private final UseCount queues = new UseCount();
    private final Lifetime device;
    private final Consumer<CompletionChannel> forget;
    private boolean ended; // under the lock: nothing will come any more

    CompletionChannel(Lifetime device, Consumer<CompletionChannel> forget) {
        this.device = device;
        this.forget = forget;
    }

    /**
     * Waits for an event and takes it.
     *
     * @return the CQ, which is not armed any more
     * @throws ErrnoException EIO: the channel was closed or its device removed, now or while waiting
     * @throws InterruptedException the thread was interrupted while it waited
     */
    public CompletionQueue getEvent() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events.isEmpty()) {
                checkAlive();
                changed.await();
            }
            return take();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes an event if one is there; allocates nothing.
     *
     * @throws ErrnoException EIO: the channel was closed or its device removed
     */
    public Optional<CompletionQueue> pollEvent() {
        lock.lock();
        try {
            if (events.isEmpty()) {
                checkAlive();
                return Optional.empty();
            }
            return take().asEvent();
        } finally {
            lock.unlock();
        }
    }

    private void checkAlive() {
        if (ended) {
            throw new ErrnoException(Errno.EIO, "the completion channel is closed, or its device removed");
        }
    }

    private CompletionQueue take() {
        CompletionQueue cq = events.removeFirst();
        cq.eventsTaken++;
        return cq;
    }

    /** An event of a CQ. */
    void raise(CompletionQueue cq) {
        lock.lock();
        try {
            events.addLast(cq);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** See {@link CompletionQueue#ackEvents}. */
    void acknowledge(CompletionQueue cq, int count) {
        lock.lock();
        try {
            if (count < 0 || count > cq.eventsTaken - cq.eventsAcknowledged) {
                throw new ErrnoException(Errno.EINVAL, "%d events acknowledged, %d of %s are due".formatted(
                        count, cq.eventsTaken - cq.eventsAcknowledged, cq));
            }
            cq.eventsAcknowledged += count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** One more CQ; EINVAL: one of another device, or the channel is closed. */
    void enter(Lifetime deviceOfCq) {
        if (deviceOfCq != device) {
            throw new ErrnoException(Errno.EINVAL, "the completion channel is of another device");
        }
        queues.enter("the completion channel");
    }

    /** A CQ could not be made. */
    void leave() {
        queues.leave();
    }

    /** A CQ goes: its events that nobody has taken are dropped, then its owner waits until the others are acknowledged. */
    void leave(CompletionQueue cq, boolean awaitAcknowledgement) {
        lock.lock();
        try {
            events.removeIf(event -> event == cq);
            while (awaitAcknowledgement && cq.eventsTaken != cq.eventsAcknowledged) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        queues.leave();
    }

    /** The device goes: waiters are woken. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Closes the channel; waiters are woken. Idempotent.
     *
     * @throws ErrnoException EBUSY: CQs report to it; it stays as it is
     */
    @Override
    public void close() {
        if (queues.close("the completion channel")) {
            end();
            forget.accept(this);
        }
    }
}
