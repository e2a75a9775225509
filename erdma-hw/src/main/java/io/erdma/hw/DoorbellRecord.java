package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Eight bytes of host memory that hold a doorbell's value: the driver stores it there first, then in the register, and the device may
 * take it from either. 8-byte aligned. Data sheet: §3.
 */
public final class DoorbellRecord {
    /** Size. */
    public static final int BYTES = 8;

    private DoorbellRecord() {}

    /** Stores a doorbell's value with release: the entries that it tells of are visible to who sees it. */
    public static void store(MemorySegment record, long offset, long doorbell) {
        Words.storeLe64(record, offset, doorbell);
    }

    /** The value stored last, with acquire. It counts only when its QPN or CQN is the queue's own. */
    public static long load(MemorySegment record, long offset) {
        return Words.loadLe64(record, offset);
    }
}
