package io.erdma.model.vfio;

import io.erdma.core.exec.CountedThread;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.vfio.sys.EventFd;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The eventfds that a client wants signalled, one a number. A client can make an eventfd block its writer. So only two threads write: the one that serves this
 * client, and one of ours that others leave a signal with. Engines of other tenants never wait. Thread-safe.
 */
final class Signals implements InterruptSink, AutoCloseable {
    private final @Nullable EventFd[] events;
    private final Object[] locks;
    /** Bit n: number n is to be signalled by our thread. */
    private final AtomicLong pending = new AtomicLong();
    private final CountedThread thread;
    private volatile @Nullable Thread server;
    private volatile boolean ending;

    /**
     * No eventfds.
     *
     * @param count 1–64
     */
    Signals(int count, String threadName, LeakLedger ledger) {
        events = new EventFd[count];
        locks = new Object[count];
        for (int i = 0; i < count; i++) {
            locks[i] = new Object();
        }
        thread = new CountedThread(threadName, this::signalPending, ledger);
    }

    /** Starts our thread. */
    void start() {
        thread.start();
    }

    /** The calling thread serves the client from now on. */
    void setServer() {
        server = Thread.currentThread();
    }

    /** Sets the eventfd of a number, or takes it away, and closes what was there. */
    void set(int number, @Nullable EventFd event) {
        EventFd before;
        synchronized (locks[number]) {
            before = events[number];
            events[number] = event;
        }
        if (before != null) {
            before.close();
        }
    }

    /** Whether a number has an eventfd. */
    boolean isSet(int number) {
        synchronized (locks[number]) {
            return events[number] != null;
        }
    }

    @Override
    public void raise(int vector) {
        if (Thread.currentThread() == server) {
            signal(vector);
            return;
        }
        long bit = 1L << vector;
        if ((pending.getAndUpdate(bits -> bits | bit) & bit) == 0) {
            LockSupport.unpark(thread.thread());
        }
    }

    private void signal(int number) {
        synchronized (locks[number]) {
            EventFd event = events[number];
            if (event != null) {
                event.signal();
            }
        }
    }

    private void signalPending() {
        while (!ending) {
            long bits = pending.getAndSet(0);
            if (bits == 0) {
                LockSupport.park(this);
            }
            for (; bits != 0; bits &= bits - 1) {
                signal(Long.numberOfTrailingZeros(bits));
            }
        }
    }

    /** Ends our thread and closes all eventfds. */
    @Override
    public void close() {
        ending = true;
        LockSupport.unpark(thread.thread());
        thread.awaitEnd();
        for (int i = 0; i < events.length; i++) {
            set(i, null);
        }
    }
}
