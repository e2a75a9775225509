package io.erdma.verbs;

import io.erdma.core.verbs.AsyncEventType;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A CQ whose ring a user program has (kernel: {@code struct erdma_cq} with its {@code user_cq}): the driver only brings it its events. */
final class UserCq extends DeviceCq {
    /** Events that wait on the channel; more say nothing new, and a program that does not read must not fill the kernel. */
    private static final int MOST_EVENTS = 1024;

    private final int handle;
    private final Shape shape;
    private final Optional<UserChannel> channel;
    private final Consumer<UserAsyncEvent> asyncEvents;
    private final Releases memory;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger reported = new AtomicInteger();

    /** What it is to the device. */
    record Shape(int cqn, int entries, int vector) {}

    /**
     * @param memory what is given back when the device has forgotten it
     * @param freeNumber run when nobody holds it any more
     */
    UserCq(CqFactory factory, int handle, Shape shape, Optional<UserChannel> channel,
            Consumer<UserAsyncEvent> asyncEvents, Releases memory, Runnable freeNumber) {
        super(factory, new Ownership(false, freeNumber));
        this.handle = handle;
        this.shape = shape;
        this.channel = channel;
        this.asyncEvents = asyncEvents;
        this.memory = memory;
    }

    @Override
    int cqn() {
        return shape.cqn;
    }

    int handle() {
        return handle;
    }

    int entries() {
        return shape.entries;
    }

    @Override
    void completed() {
        channel.ifPresent(events -> {
            if (waiting.incrementAndGet() <= MOST_EVENTS) {
                events.raise(this);
            } else {
                waiting.decrementAndGet();
            }
        });
    }

    /** The program has taken an event from the channel. */
    void taken() {
        waiting.decrementAndGet();
        reported.incrementAndGet();
    }

    /** How many events the program has taken. */
    int eventsReported() {
        return reported.get();
    }

    @Override
    void failed(EventSubscribers subscribers) {
        asyncEvents.accept(new UserAsyncEvent(AsyncEventType.CQ_ERR, handle));
    }

    @Override
    void forget(boolean byOwner) {
        memory.close();
        channel.ifPresent(events -> events.leave(this));
    }

    /** Its ring is not the driver's: indices and counters are 0. */
    @Override
    CompletionQueueSnapshot snapshot() {
        return new CompletionQueueSnapshot(cqn(), entries(), shape.vector, users(), ownership.count(), 0, 0,
                reported.get(), 0);
    }
}
