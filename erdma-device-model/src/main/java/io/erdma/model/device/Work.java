package io.erdma.model.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A queue of the host that work is taken from, with the state of its engine: nobody runs it, somebody is going to, somebody does. One word holds that
 * state and the producer index that was rung last, so a doorbell leaves its value and claims the queue with one CAS; a doorbell that finds the queue
 * claimed only leaves its value, and the claimant sees it when it tries to let go.
 */
abstract class Work {
    private static final int INDEX = 0xFFFF;
    private static final int SCHEDULED = 1 << 16;
    private static final int RUNNING = 1 << 17;
    /** Something other than the index has changed while the queue ran. */
    private static final int AGAIN = 1 << 18;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Work.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int word;

    /** Link of the list of an engine thread; used by {@link ThreadedExecution} alone. */
    @Nullable Work next;

    /** Takes what was rung so far. Called by the claimant, outside its ticket; must not throw. */
    abstract void pass(EngineContext context, int rung);

    /** Whether a rung index is new: ahead of {@code rung}, and no more than the ring's depth ahead of what was taken. */
    abstract boolean advances(int rung, int index);

    /**
     * A doorbell.
     *
     * @param claim whether the caller runs the queue itself, at once; else it is marked as scheduled
     * @return true if the caller has to run (or schedule) it; false if there is nothing new, or somebody else will see it
     */
    final boolean ring(int index, boolean claim) {
        while (true) {
            int now = word;
            if (!advances(now & INDEX, index)) {
                return false;
            }
            int state = now & ~INDEX;
            boolean mine = state == 0 || (claim && state == SCHEDULED);
            int target = mine ? (claim ? RUNNING : SCHEDULED) : state;
            if (WORD.compareAndSet(this, now, target | index)) {
                return mine;
            }
        }
    }

    /** As {@link #ring}, without an index: look again. */
    final boolean wake(boolean claim) {
        while (true) {
            int now = word;
            int state = now & ~INDEX;
            if ((state & AGAIN) != 0 || (state == SCHEDULED && !claim)) {
                return false;
            }
            boolean mine = (state & RUNNING) == 0;
            int target = mine ? (claim ? RUNNING : SCHEDULED) : RUNNING | AGAIN;
            if (WORD.compareAndSet(this, now, target | (now & INDEX))) {
                return mine;
            }
        }
    }

    /** Claims a queue that was scheduled; false if somebody else was faster. */
    final boolean claimScheduled() {
        int now = word;
        while ((now & SCHEDULED) != 0) {
            if (WORD.compareAndSet(this, now, RUNNING | (now & INDEX))) {
                return true;
            }
            now = word;
        }
        return false;
    }

    /** Runs a claimed queue until nothing new is found, and lets go. */
    final void runClaimed(EngineContext context) {
        while (true) {
            int now = word;
            if ((now & AGAIN) != 0) {
                WORD.getAndBitwiseAnd(this, ~AGAIN);
            }
            int rung = now & INDEX;
            pass(context, rung);
            if (WORD.compareAndSet(this, RUNNING | rung, rung)) {
                return;
            }
        }
    }

    /** Queues of the same number are run by the same engine thread, where there are several. */
    abstract int affinity();

    /** The index that was rung last. */
    final int rung() {
        return word & INDEX;
    }
}
