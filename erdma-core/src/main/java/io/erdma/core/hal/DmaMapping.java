package io.erdma.core.hal;

import java.lang.foreign.MemorySegment;

/**
 * A caller's memory as the device sees it: runs of device addresses in the order of the memory. Run borders are page borders (4096) of
 * the caller's memory; the first run begins at its first byte, the last ends at its last.
 */
public interface DmaMapping extends AutoCloseable {
    /** The memory that was mapped. */
    MemorySegment segment();

    /** How many runs there are, from 1. */
    int runCount();

    /** Device address of the first byte of run {@code index}. */
    long runAddress(int index);

    /** Length of run {@code index} in bytes. */
    long runBytes(int index);

    /** Ends the mapping: when this returns, no access of the device is under way, and later ones fail on its side. Idempotent. */
    @Override
    void close();
}
