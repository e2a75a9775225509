package io.erdma.model.vfio;

import io.erdma.core.exec.Clock;
import io.erdma.core.exec.CountedThread;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.vfio.sys.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The eventfds that a client wants signalled, one a number. A client can have an eventfd hold its writer. So only two threads write: the one that serves this client,
 * when it has nothing else to do ({@link #deliver}), and one of ours that others leave a signal with. Engines of other tenants never wait, nor does who sets an eventfd.
 * Thread-safe.
 */
final class Signals implements InterruptSink, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final long FREEING_NANOS = 50_000_000;

    private final Clock clock = Clock.system();
    private final AtomicReferenceArray<@Nullable EventFd> events;
    /** Bit n: number n is to be signalled by our thread. */
    private final AtomicLong pending = new AtomicLong();
    private final CountedThread thread;
    private volatile @Nullable Thread server;
    private volatile boolean ending;
    /** Bit n: number n is to be signalled by the thread that serves the client; its own. */
    private long due;
    private final Writer byServer = new Writer();
    private final Writer byThread = new Writer();

    /**
     * No eventfds.
     *
     * @param count 1–64
     */
    Signals(int count, String threadName, LeakLedger ledger) {
        this.events = new AtomicReferenceArray<>(count);
        this.thread = new CountedThread(threadName, this::signalPending, ledger);
    }

    /** Starts our thread. */
    void start() {
        thread.start();
    }

    /** The calling thread serves the client from now on. */
    void setServer() {
        due = 0;
        server = Thread.currentThread();
    }

    /** Sets the eventfd of a number, or takes it away, and closes what was there. */
    void set(int number, @Nullable EventFd event) {
        EventFd before = events.getAndSet(number, event);
        if (before != null) {
            before.close();
        }
    }

    /** Whether a number has an eventfd. */
    boolean isSet(int number) {
        return events.get(number) != null;
    }

    @Override
    public void raise(int vector) {
        long bit = 1L << vector;
        if (Thread.currentThread() == server) {
            due |= bit;
        } else if ((pending.getAndUpdate(bits -> bits | bit) & bit) == 0) {
            LockSupport.unpark(thread.thread());
        }
    }

    /** Signals what was raised in the thread that serves the client; for that thread, when nobody waits for it. */
    void deliver(MemorySegment state) {
        long bits = due;
        due = 0;
        byServer.signal(bits, state);
    }

    private void signalPending() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = EventFd.newState(arena);
            while (!ending) {
                long bits = pending.getAndSet(0);
                if (bits == 0) {
                    LockSupport.park(this);
                }
                try {
                    byThread.signal(bits, state);
                } catch (RuntimeException | Error e) {
                    LOG.debug("an interrupt was not signalled", e);
                }
            }
        }
    }

    /** One of the two threads that write, and what it is writing. */
    private final class Writer {
        private volatile @Nullable EventFd written;

        /** Signals the numbers whose bits are set. */
        void signal(long numbers, MemorySegment state) {
            for (long left = numbers; left != 0; left &= left - 1) {
                EventFd event = events.get(Long.numberOfTrailingZeros(left));
                if (event != null) {
                    written = event;
                    try {
                        event.signal(state);
                    } finally {
                        written = null;
                    }
                }
            }
        }

        /** Again and again for a while, as the client may fill it as often. */
        void free() {
            EventFd event = written;
            for (long start = clock.nanoTime(); event != null && event == written
                    && clock.nanoTime() - start < FREEING_NANOS;) {
                event.drain();
            }
        }
    }

    /** Whether one of the two threads writes. */
    boolean isWriting() {
        return byServer.written != null || byThread.written != null;
    }

    /** Frees who is held by an eventfd of a client that is gone, and so does not read it. */
    void free() {
        byServer.free();
        byThread.free();
    }

    /** Ends our thread and closes all eventfds. The client is gone. */
    @Override
    public void close() {
        ending = true;
        LockSupport.unpark(thread.thread());
        while (!thread.awaitEnd(VfioUserServer.STEP)) {
            free();
        }
        for (int i = 0; i < events.length(); i++) {
            set(i, null);
        }
    }
}
