package io.erdma.model.vfio;

import io.erdma.core.exec.Clock;
import io.erdma.core.exec.CountedThread;
import io.erdma.core.leak.LeakLedger;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what one client has sent, in a thread of its own. A close can take as long as the client likes: of a socket that lingers, of a file whose server does not
 * answer, of a channel in which such descriptors are. So nobody else closes what is not known to be harmless. Thread-safe.
 */
final class Reaper {
    private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);

    private final Clock clock = Clock.system();
    private final BlockingQueue<Runnable> closes = new LinkedBlockingQueue<>();
    private int waiting; // under the lock of this
    private final CountedThread thread;
    private boolean hurried; // under the lock of this
    private boolean ended; // used by the thread

    /** Starts the thread. */
    Reaper(String threadName, LeakLedger ledger) {
        thread = new CountedThread(threadName, this::run, ledger);
        thread.start();
    }

    private void run() {
        try {
            while (!ended) {
                closes.take().run();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("a thread of the server was interrupted", e);
        }
    }

    /** Takes something to close. */
    void take(Runnable close) {
        count(1);
        closes.add(() -> {
            try {
                close.run();
            } catch (RuntimeException | Error e) {
                LOG.debug("what a client sent could not be closed", e);
            } finally {
                count(-1);
            }
        });
    }

    private synchronized void count(int change) {
        waiting += change;
        notifyAll();
    }

    /** How much was taken and is not closed yet. */
    synchronized int waiting() {
        return waiting;
    }

    /** Waits until that is less, for as long as something is closed every now and then; false if nothing is for so long. */
    synchronized boolean awaitFewer(int limit, Duration most) {
        int before = waiting;
        long start = clock.nanoTime();
        while (waiting >= limit) {
            long left = most.toNanos() - (clock.nanoTime() - start);
            if (hurried || (left <= 0 && waiting >= before)) {
                return false;
            }
            if (waiting < before) {
                before = waiting;
                start = clock.nanoTime();
                left = most.toNanos();
            }
            try {
                wait(1 + left / 1_000_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException("a thread of the server was interrupted", e);
            }
        }
        return true;
    }

    /** The client is gone: nobody waits in {@link #awaitFewer} any more. */
    synchronized void hurry() {
        hurried = true;
        notifyAll();
    }

    /** Nothing more will be taken; the thread ends when all is closed. */
    void end() {
        closes.add(() -> ended = true);
    }

    /** Waits for that, so long at most; false if it still closes. After {@link #end}. */
    boolean awaitEnd(Duration most) {
        return thread.awaitEnd(most);
    }
}
