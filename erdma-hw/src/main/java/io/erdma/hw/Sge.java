package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Scatter/gather element.
 *
 * <pre>
 *  0 address (64)
 *  8 length
 * 12 key: an lkey, or the STag of remote memory in READ and atomics
 * </pre>
 *
 * Data sheet: §6.
 */
public final class Sge {
    /** log2 of the size. */
    public static final int SHIFT = 4;
    /** Size. */
    public static final int BYTES = 1 << SHIFT;

    private static final long ADDRESS = 0;
    private static final long LENGTH = 8;
    private static final long KEY = 12;

    private Sge() {}

    /** Virtual or DMA address, as the key's memory region counts. */
    public static long address(MemorySegment sge, long offset) {
        return Words.le64(sge, offset + ADDRESS);
    }

    /** Sets {@link #address}. */
    public static void setAddress(MemorySegment sge, long offset, long address) {
        Words.setLe64(sge, offset + ADDRESS, address);
    }

    /** Length in bytes. */
    public static long length(MemorySegment sge, long offset) {
        return Words.unsignedLe32(sge, offset + LENGTH);
    }

    /** Sets {@link #length}. */
    public static void setLength(MemorySegment sge, long offset, long length) {
        Words.setLe32(sge, offset + LENGTH, (int) length);
    }

    /** The key, an STag. */
    public static int key(MemorySegment sge, long offset) {
        return Words.le32(sge, offset + KEY);
    }

    /** Sets {@link #key}. */
    public static void setKey(MemorySegment sge, long offset, int key) {
        Words.setLe32(sge, offset + KEY, key);
    }

    /** Sets all of it: length and key go in one store. */
    public static void set(MemorySegment sge, long offset, long address, long length, int key) {
        Words.setLe64(sge, offset + ADDRESS, address);
        Words.setLe64(sge, offset + LENGTH, (length & 0xFFFF_FFFFL) | (long) key << 32);
    }
}
