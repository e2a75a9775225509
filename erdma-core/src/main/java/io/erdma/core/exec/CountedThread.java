package io.erdma.core.exec;

import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.time.Duration;

/** A daemon thread that the ledger counts from its start to its end. Thread-safe. */
public final class CountedThread {
    private final Thread thread;
    private final LeakLedger ledger;

    /** A thread that has not been started. */
    public CountedThread(String name, Runnable work, LeakLedger ledger) {
        this.ledger = ledger;
        this.thread = new Thread(() -> run(work), name);
        thread.setDaemon(true);
    }

    private void run(Runnable work) {
        try {
            work.run();
        } finally {
            ledger.add(Resource.THREAD, -1);
        }
    }

    /** Starts it; once. */
    public void start() {
        ledger.add(Resource.THREAD, 1);
        try {
            thread.start();
        } catch (Error e) {
            // no more threads can be had
            ledger.add(Resource.THREAD, -1);
            throw e;
        }
    }

    /** The thread itself, to unpark it or to tell whether one is in it. */
    public Thread thread() {
        return thread;
    }

    /** Waits for its end; returns at once in the thread itself. An interrupt of the caller is kept for later. */
    public void awaitEnd() {
        boolean _ = awaitEnd(Long.MAX_VALUE);
    }

    /** The same, for so long at most; false if it has not ended then. */
    public boolean awaitEnd(Duration most) {
        return awaitEnd(most.toNanos());
    }

    private boolean awaitEnd(long nanos) {
        long start = System.nanoTime();
        long left = nanos;
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread() && left > 0) {
            try {
                boolean _ = thread.join(Duration.ofNanos(left));
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = nanos - (System.nanoTime() - start);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
