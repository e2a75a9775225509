package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * What GET_STATS writes: a header, then the counters in the order of {@link StatCounter}.
 *
 * <pre>
 *  0 magic 0x5566 (16), 2 version (8), 3 length (8), 4 index (32), 8 reserved (64)
 * 16 eleven 64-bit counters
 * </pre>
 *
 * The driver checks the magic only. Data sheet: §5.2, command 4.
 */
public final class StatsBlock {
    /** First 16 bits. */
    public static final int MAGIC = 0x5566;
    /** Bytes before the counters. */
    public static final int HEADER_BYTES = 16;
    /** Size, header and counters. */
    public static final int BYTES = 104;

    private static final WordField MAGIC_FIELD = WordField.of(0, 15, 0);
    private static final WordField VERSION = WordField.of(0, 23, 16);
    private static final WordField LENGTH = WordField.of(0, 31, 24);
    private static final WordField INDEX = WordField.of(4, 31, 0);
    private static final int COUNTER_SHIFT = 3;

    private StatsBlock() {}

    /** {@link #MAGIC}, or the block was not written. */
    public static int magic(MemorySegment block, long offset) {
        return MAGIC_FIELD.get(block, offset);
    }

    /** Sets {@link #magic}, or EINVAL if it does not fit. */
    public static void setMagic(MemorySegment block, long offset, int magic) {
        MAGIC_FIELD.set(block, offset, magic);
    }

    /** Version. */
    public static int version(MemorySegment block, long offset) {
        return VERSION.get(block, offset);
    }

    /** Sets {@link #version}, or EINVAL if it does not fit. */
    public static void setVersion(MemorySegment block, long offset, int version) {
        VERSION.set(block, offset, version);
    }

    /** Length; the data sheet does not say of what. */
    public static int length(MemorySegment block, long offset) {
        return LENGTH.get(block, offset);
    }

    /** Sets {@link #length}, or EINVAL if it does not fit. */
    public static void setLength(MemorySegment block, long offset, int length) {
        LENGTH.set(block, offset, length);
    }

    /** Index. */
    public static int index(MemorySegment block, long offset) {
        return INDEX.get(block, offset);
    }

    /** Sets {@link #index}. */
    public static void setIndex(MemorySegment block, long offset, int index) {
        INDEX.set(block, offset, index);
    }

    /** A counter, unsigned. */
    public static long counter(MemorySegment block, long offset, StatCounter counter) {
        return Words.le64(block, offsetOf(offset, counter));
    }

    /** Sets a counter. */
    public static void setCounter(MemorySegment block, long offset, StatCounter counter, long value) {
        Words.setLe64(block, offsetOf(offset, counter), value);
    }

    private static long offsetOf(long offset, StatCounter counter) {
        return offset + HEADER_BYTES + ((long) counter.ordinal() << COUNTER_SHIFT);
    }
}
