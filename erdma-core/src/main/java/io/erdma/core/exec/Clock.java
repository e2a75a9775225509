package io.erdma.core.exec;

/**
 * Time as the stack sees it. All waiting and all time-outs go through a clock, so that a test can drive them by hand.
 * Implementations are safe for use by several threads.
 */
public interface Clock {
    /** Nanoseconds since an arbitrary origin; compare by difference. */
    long nanoTime();

    /**
     * Waits about {@code nanos} nanoseconds, or less: it may return early, as {@link java.util.concurrent.locks.LockSupport#parkNanos(long)} does.
     * A manual clock advances itself by that much instead of waiting.
     */
    void parkNanos(long nanos);

    /** The machine's monotonic clock. */
    static Clock system() {
        return SystemClock.INSTANCE;
    }
}
