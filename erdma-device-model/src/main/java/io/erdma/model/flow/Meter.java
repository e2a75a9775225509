package io.erdma.model.flow;

import io.erdma.core.exec.Clock;
import io.erdma.model.spec.MeterSpec;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits of one direction of a vport: a token bucket for bits and one for packets. A bucket holds {@value #BURST_MILLIS} ms worth of tokens. What finds
 * the bucket not empty passes and may overdraw it, so a message longer than the bucket passes too and is paid off later. Thread-safe, allocates nothing.
 */
public final class Meter {
    /** Milliseconds of tokens that a bucket holds (choice). */
    public static final long BURST_MILLIS = 10;

    /** Within the limits. */
    public static final int PASS = 0;
    /** Over the limit of bits a second. */
    public static final int OVER_BITS = 1;
    /** Over the limit of packets a second. */
    public static final int OVER_PACKETS = 2;

    private final Clock clock;
    private final Bucket bits;
    private final Bucket packets;
    private volatile boolean limited;

    Meter(Clock clock, MeterSpec limits) {
        this.clock = clock;
        this.bits = new Bucket();
        this.packets = new Bucket();
        setLimits(limits);
    }

    /** Sets the limits from now on, with full buckets. */
    public void setLimits(MeterSpec limits) {
        long now = clock.nanoTime();
        bits.setRate(limits.bitsPerSecond(), now);
        packets.setRate(limits.packetsPerSecond(), now);
        limited = limits.bitsPerSecond() > 0 || limits.packetsPerSecond() > 0;
    }

    /**
     * Asks for a number of packets.
     *
     * @param bytes payload of all of them, 0 or more
     * @param count how many packets, from 1
     * @return {@link #PASS}, {@link #OVER_BITS} or {@link #OVER_PACKETS}; only the first uses tokens
     */
    public int admit(long bytes, long count) {
        return limited ? admitLimited(bytes, count) : PASS;
    }

    private int admitLimited(long bytes, long count) {
        long now = clock.nanoTime();
        if (!packets.hasTokens(now)) {
            return OVER_PACKETS;
        }
        if (!bits.take(now, bytes * (double) Byte.SIZE)) {
            return OVER_BITS;
        }
        packets.charge(now, (double) count);
        return PASS;
    }

    /**
     * A bucket kept as the time at which it will be full again: a single number, so a taker is one compare-and-set. A token is
     * {@code nanosPerToken} of that time.
     */
    private static final class Bucket {
        private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS);

        private final AtomicLong fullAt = new AtomicLong();
        private volatile double nanosPerToken;

        void setRate(long perSecond, long now) {
            fullAt.set(now);
            nanosPerToken = perSecond == 0 ? 0 : (double) TimeUnit.SECONDS.toNanos(1) / perSecond;
        }

        boolean hasTokens(long now) {
            return fullAt.get() - now < BURST_NANOS;
        }

        boolean take(long now, double tokens) {
            while (true) {
                long full = fullAt.get();
                if (full - now >= BURST_NANOS) {
                    return false;
                }
                if (fullAt.compareAndSet(full, later(full, now, tokens))) {
                    return true;
                }
            }
        }

        void charge(long now, double tokens) {
            long full = fullAt.get();
            while (!fullAt.compareAndSet(full, later(full, now, tokens))) {
                full = fullAt.get();
            }
        }

        private long later(long full, long now, double tokens) {
            return now + Math.max(0, full - now) + (long) Math.ceil(tokens * nanosPerToken);
        }
    }
}
