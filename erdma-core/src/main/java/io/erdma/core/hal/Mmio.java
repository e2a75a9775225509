package io.erdma.core.hal;

/**
 * A range of device registers. Accesses are little-endian, single, and ordered with all earlier memory writes of the thread: what was
 * stored before a write is visible to the device when it sees the write. Safe for use by several threads.
 *
 * <p>Offsets are checked: outside the range, or not a multiple of the width, is an {@link IndexOutOfBoundsException}.
 */
public interface Mmio {
    /** Size of the range in bytes. */
    long bytes();

    /** Reads 32 bits; all ones from a device that has gone. */
    int read32(long offset);

    /** Writes 32 bits. */
    void write32(long offset, int value);

    /** Reads 64 bits; all ones from a device that has gone. */
    long read64(long offset);

    /** Writes 64 bits at once. */
    void write64(long offset, long value);

    /** A part of this range, to hand on: its holder reaches nothing else. */
    Mmio slice(long offset, long bytes);
}
