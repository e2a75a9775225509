package io.erdma.model.net;

import io.erdma.core.exec.WorkQueue;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** When something is sent again: after 1 s, 2 s, 4 s and so on up to 120 s, a limited number of times. Guarded by its connection. */
final class Backoff {
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final VpcNetwork network;
    private final Runnable again;
    private final int most;
    private int tries;
    private Optional<WorkQueue.Delayed> timer = Optional.empty();
    private boolean armed;

    Backoff(VpcNetwork network, Runnable again, int most) {
        this.network = network;
        this.again = again;
        this.most = most;
    }

    /** Plans the next try, unless one is planned; false if all were in vain. */
    boolean arm() {
        if (!armed && tries < most) {
            armed = true;
            timer = network.later(again, Math.min(FIRST_NANOS << Math.min(tries, Byte.SIZE), LONGEST_NANOS));
            tries++;
        }
        return armed;
    }

    /** The timer has come due. */
    void fired() {
        armed = false;
        timer = Optional.empty();
    }

    /** It went through, or is no longer wanted. */
    void clear() {
        timer.ifPresent(WorkQueue.Delayed::cancel);
        fired();
        tries = 0;
    }
}
