package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;

/** Gives out device addresses that rise and are never used again, so that a stale one leads nowhere. Thread-safe. */
final class DeviceAddresses {
    /** Address bits that a device must be able to drive. */
    static final int BITS = 63;

    static final long PAGE = 4096;

    /** Far from zero, and below where a process has its memory. */
    private static final long START = 0x10_0000_0000L;
    private static final long GUARD_BYTES = PAGE;

    private long next;

    DeviceAddresses() {
        this(START);
    }

    /** Addresses from {@code start} on, 0 or more. */
    DeviceAddresses(long start) {
        this.next = start;
    }

    /**
     * @param bytes 1 or more; ENOMEM if there is no room for so many
     * @param congruentTo the result agrees with this address below {@code modulus}
     * @param modulus a power of two
     */
    synchronized long take(long bytes, long congruentTo, long modulus) {
        long skipped = (congruentTo - next) & (modulus - 1);
        if (bytes > Long.MAX_VALUE - GUARD_BYTES - next - skipped) {
            throw new ErrnoException(Errno.ENOMEM, "no device addresses for " + bytes + " bytes");
        }
        long base = next + skipped;
        next = base + bytes + GUARD_BYTES;
        return base;
    }
}
