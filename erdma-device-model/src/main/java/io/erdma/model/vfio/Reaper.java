package io.erdma.model.vfio;

import io.erdma.core.exec.CountedThread;
import io.erdma.core.leak.LeakLedger;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes what one client has sent, in a thread of its own. A close can take as long as the client likes: of a socket that lingers, of a file whose server does not
 * answer, of a channel in which such descriptors are. So nobody else closes what is not known to be harmless. Thread-safe.
 */
final class Reaper {
    private final BlockingQueue<Runnable> closes = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final CountedThread thread;
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
        waiting.incrementAndGet();
        closes.add(() -> {
            close.run();
            waiting.decrementAndGet();
        });
    }

    /** How much was taken and is not closed yet. */
    int waiting() {
        return waiting.get();
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
