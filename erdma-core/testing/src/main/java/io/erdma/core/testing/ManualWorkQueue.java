package io.erdma.core.testing;

import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A work queue whose tasks run when a test says so, in the test's thread: {@link #runOne()}, {@link #runPending()}, {@link #flush()}, and for delayed
 * work {@link ManualClock#advance(long)}. What a task throws goes to the one who runs it; the tasks behind it stay queued.
 *
 * <p>Tasks may be queued from any thread; tasks never run at once, even when two threads run the queue.
 */
public final class ManualWorkQueue implements WorkQueue {
    private final ManualClock clock;
    private final LeakLedger ledger;
    private final ReentrantLock turn = new ReentrantLock();
    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private final Set<Timer> timers = new HashSet<>();
    private boolean closed;

    /** A queue that counts its timers nowhere. */
    public ManualWorkQueue(ManualClock clock) {
        this(clock, new LeakLedger());
    }

    /** A queue whose delayed work is counted as {@link Resource#TIMER}. */
    public ManualWorkQueue(ManualClock clock, LeakLedger ledger) {
        this.clock = clock;
        this.ledger = ledger;
        clock.drive(this::runPending);
    }

    @Override
    public synchronized void execute(Runnable task) {
        requireOpen();
        ready.addLast(task);
    }

    /** {@inheritDoc} It runs when the clock is moved, even with a delay of 0. */
    @Override
    public synchronized Delayed schedule(Runnable task, long delayNanos) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns");
        }
        requireOpen();
        Timer timer = new Timer(task, delayNanos);
        timers.add(timer);
        ledger.add(Resource.TIMER, 1);
        return timer;
    }

    private void requireOpen() {
        if (closed) {
            throw new RejectedExecutionException("the work queue is closed");
        }
    }

    /** How many tasks are ready to run. */
    public synchronized int ready() { return ready.size(); }

    /** How many delayed tasks wait for their time. */
    public synchronized int delayed() { return timers.size(); }

    /** Runs the task that has waited longest; false if there is none. From within a task of this queue: nothing, false. */
    public boolean runOne() {
        if (turn.isHeldByCurrentThread()) {
            return false;
        }
        turn.lock();
        try {
            Runnable task = nextReady();
            if (task == null) {
                return false;
            }
            task.run();
            return true;
        } finally {
            turn.unlock();
        }
    }

    private synchronized @Nullable Runnable nextReady() { return ready.pollFirst(); }

    /**
     * Runs all that is ready, and what that makes ready, until nothing is left. From within a task of this queue: nothing.
     *
     * @return how many tasks ran
     */
    public int runPending() {
        int ran = 0;
        while (runOne()) {
            ran++;
        }
        return ran;
    }

    /** Runs what is queued now in the calling thread. */
    @Override
    public void flush() {
        for (int left = ready(); left > 0 && runOne(); left--) {
            // runOne does it
        }
    }

    @Override
    public Clock clock() { return clock; }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            timers.forEach(timer -> timer.alarm.cancel());
            ledger.add(Resource.TIMER, -timers.size());
            timers.clear();
        }
        runPending();
    }

    private final class Timer implements Delayed {
        private final Runnable task;
        private final ManualClock.Alarm alarm;

        Timer(Runnable task, long delayNanos) {
            this.task = task;
            this.alarm = clock.after(delayNanos, this::comeDue);
        }

        private void comeDue() {
            synchronized (ManualWorkQueue.this) {
                if (forget()) {
                    ready.addLast(task);
                }
            }
        }

        @Override
        public boolean cancel() {
            synchronized (ManualWorkQueue.this) {
                alarm.cancel();
                return forget();
            }
        }

        private boolean forget() {
            boolean pending = timers.remove(this);
            if (pending) {
                ledger.add(Resource.TIMER, -1);
            }
            return pending;
        }
    }
}
