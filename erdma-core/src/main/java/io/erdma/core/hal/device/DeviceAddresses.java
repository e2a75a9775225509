package io.erdma.core.hal.device;

/** Gives out device addresses that rise and are never used again, so that a stale one leads nowhere. Thread-safe. */
final class DeviceAddresses {
    /** Far from zero, and below where a process has its memory. */
    private static final long START = 0x10_0000_0000L;

    private static final long GUARD_BYTES = 4096;

    private long next = START;

    /**
     * @param congruentTo the result agrees with this address below {@code modulus}
     * @param modulus a power of two
     */
    synchronized long take(long bytes, long congruentTo, long modulus) {
        long base = next + ((congruentTo - next) & (modulus - 1));
        next = base + bytes + GUARD_BYTES;
        return base;
    }
}
