package io.erdma.verbs;

import java.util.Optional;

/**
 * A completion channel of a user program (kernel: {@code struct ib_uverbs_completion_event_file}): completion events of several of its CQs, to wait for.
 * Thread-safe.
 */
final class UserChannel {
    private static final String NAME = "the completion channel";

    private final EventFile<UserCq> events = new EventFile<>(NAME, Integer.MAX_VALUE, UserCq::taken);
    private final UseCount queues = new UseCount();

    /** One more CQ; EINVAL once closed. */
    void enter() {
        queues.enter(NAME);
    }

    /** A CQ goes: its events that nobody has taken are dropped. */
    void leave(UserCq cq) {
        events.drop(event -> event == cq);
        queues.leave();
    }

    /** A CQ could not be made. */
    void leave() {
        queues.leave();
    }

    /** An event of a CQ. */
    void raise(UserCq cq) {
        events.add(cq);
    }

    /** Waits for an event and takes it: the CQ's handle. EIO: none will come. */
    int take() throws InterruptedException {
        return events.take().handle();
    }

    /** Takes an event, if there is one. EIO: none is, and none will come. */
    Optional<Integer> poll() {
        return events.poll().map(UserCq::handle);
    }

    /** Its owner closes it. EBUSY: CQs report to it; it stays as it is. */
    void close() {
        if (queues.close(NAME)) {
            events.end();
        }
    }

    /** The context goes. */
    void remove() {
        queues.closeAnyway();
        events.end();
    }
}
