package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Where callers wait. A waiter for what the work queue does first lets the queue work (one run by hand works in the waiting thread), then parks by its
 * clock; {@link #open()} ends the parking. The parks grow from a microsecond, so that a clock which jumps by what is parked leaves the network time to
 * answer between two of them. Thread-safe.
 */
final class Gate {
    /** Waits for as long as it takes. */
    static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final long SHORTEST_NANOS = 1_000;
    private static final long LONGEST_NANOS = 1_000_000_000;
    private static final Thread[] NOBODY = {};

    private final Clock clock;
    private final Runnable work;
    /** Who waits, most often nobody; changed by a copy, under the lock of this. */
    private volatile Thread[] waiting = NOBODY;

    private Gate(Clock clock, Runnable work) {
        this.clock = clock;
        this.work = work;
    }

    /** To wait for what a queue does. */
    static Gate before(WorkQueue queue) {
        return new Gate(queue.clock(), queue::flush);
    }

    /** To wait for what happens elsewhere. */
    static Gate of(Clock clock) {
        return new Gate(clock, () -> {});
    }

    /** Lets all waiters look again. What they wait for is stored before. */
    void open() {
        for (Thread waiter : waiting) {
            LockSupport.unpark(waiter);
        }
    }

    private synchronized void add(Thread waiter) {
        Thread[] more = Arrays.copyOf(waiting, waiting.length + 1);
        more[waiting.length] = waiter;
        waiting = more;
    }

    private synchronized void remove(Thread waiter) {
        waiting = waiting.length == 1 && waiting[0] == waiter
                ? NOBODY
                : Arrays.stream(waiting).filter(other -> other != waiter).toArray(Thread[]::new);
    }

    /**
     * Waits until {@code look} finds something.
     *
     * @return what was found, or nothing after {@code timeout}
     * @throws ErrnoException ECANCELED if the thread is interrupted (it stays so); what {@code look} throws
     */
    <T> Optional<T> await(Supplier<Optional<T>> look, Duration timeout) {
        Optional<T> found = look.get();
        if (found.isPresent() || !timeout.isPositive()) {
            return found;
        }
        long timeoutNanos = timeout.compareTo(FOREVER) > 0 ? Long.MAX_VALUE : timeout.toNanos();
        add(Thread.currentThread());
        try {
            return parkUntil(look, timeoutNanos);
        } finally {
            remove(Thread.currentThread());
        }
    }

    private <T> Optional<T> parkUntil(Supplier<Optional<T>> look, long timeoutNanos) {
        long start = clock.nanoTime();
        long park = SHORTEST_NANOS;
        while (true) {
            work.run();
            Optional<T> found = look.get();
            long left = timeoutNanos - (clock.nanoTime() - start);
            if (found.isPresent() || left <= 0) {
                return found;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ErrnoException(Errno.ECANCELED, "interrupted while waiting");
            }
            clock.parkNanos(Math.min(park, left));
            park = Math.min(2 * park, LONGEST_NANOS);
        }
    }
}
