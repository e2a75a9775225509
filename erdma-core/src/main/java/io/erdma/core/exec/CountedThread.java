package io.erdma.core.exec;

import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;

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
        thread.start();
    }

    /** The thread itself, to unpark it or to tell whether one is in it. */
    public Thread thread() {
        return thread;
    }

    /** Waits for its end; returns at once in the thread itself. An interrupt of the caller is kept for later. */
    public void awaitEnd() {
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
