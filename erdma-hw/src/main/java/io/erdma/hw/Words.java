package io.erdma.hw;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The words that descriptors are made of, in the device's byte order whatever the host's.
 *
 * <p>{@code load} is an acquire and {@code store} a release: what was written before a {@code store} is seen by whoever {@code load}s its
 * value; both want an aligned word. The rest is plain, and at any offset: the data sheet has (low, high) pairs at 4-byte offsets, and to ask each time whether a word is
 * aligned would cost as much as to read it.
 */
public final class Words {
    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(BIG_ENDIAN);

    private static final VarHandle ORDERED_LE32 = ordered(ValueLayout.JAVA_INT.withOrder(LITTLE_ENDIAN));
    private static final VarHandle ORDERED_LE64 = ordered(ValueLayout.JAVA_LONG.withOrder(LITTLE_ENDIAN));
    private static final VarHandle ORDERED_BE32 = ordered(ValueLayout.JAVA_INT.withOrder(BIG_ENDIAN));

    private Words() {}

    private static VarHandle ordered(ValueLayout word) {
        return word.varHandle().withInvokeExactBehavior();
    }

    /** Loads a little-endian 64-bit word with acquire. */
    public static long loadLe64(MemorySegment segment, long offset) {
        return (long) ORDERED_LE64.getAcquire(segment, offset);
    }

    /** Stores a little-endian 64-bit word with release. */
    public static void storeLe64(MemorySegment segment, long offset, long value) {
        ORDERED_LE64.setRelease(segment, offset, value);
    }

    /** Loads a little-endian 32-bit word with acquire. */
    public static int loadLe32(MemorySegment segment, long offset) {
        return (int) ORDERED_LE32.getAcquire(segment, offset);
    }

    /** Stores a little-endian 32-bit word with release. */
    public static void storeLe32(MemorySegment segment, long offset, int value) {
        ORDERED_LE32.setRelease(segment, offset, value);
    }

    /** Loads a big-endian 32-bit word with acquire. */
    public static int loadBe32(MemorySegment segment, long offset) {
        return (int) ORDERED_BE32.getAcquire(segment, offset);
    }

    /** Stores a big-endian 32-bit word with release. */
    public static void storeBe32(MemorySegment segment, long offset, int value) {
        ORDERED_BE32.setRelease(segment, offset, value);
    }

    /** A byte, 0 … 255. */
    public static int u8(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
    }

    /** Sets a byte to the low 8 bits of a value. */
    public static void setU8(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    /** A little-endian 16-bit word, 0 … 65535. */
    public static int le16(MemorySegment segment, long offset) {
        return segment.get(LE16, offset) & 0xFFFF;
    }

    /** Sets a little-endian 16-bit word to the low 16 bits of a value. */
    public static void setLe16(MemorySegment segment, long offset, int value) {
        segment.set(LE16, offset, (short) value);
    }

    /** A little-endian 32-bit word. */
    public static int le32(MemorySegment segment, long offset) {
        return segment.get(LE32, offset);
    }

    /** Sets a little-endian 32-bit word. */
    public static void setLe32(MemorySegment segment, long offset, int value) {
        segment.set(LE32, offset, value);
    }

    /** A little-endian 32-bit word, 0 … 2³² − 1. */
    public static long unsignedLe32(MemorySegment segment, long offset) {
        return Integer.toUnsignedLong(le32(segment, offset));
    }

    /** A little-endian 64-bit word. */
    public static long le64(MemorySegment segment, long offset) {
        return segment.get(LE64, offset);
    }

    /** Sets a little-endian 64-bit word. */
    public static void setLe64(MemorySegment segment, long offset, long value) {
        segment.set(LE64, offset, value);
    }

    /** A big-endian 16-bit word, 0 … 65535. */
    public static int be16(MemorySegment segment, long offset) {
        return segment.get(BE16, offset) & 0xFFFF;
    }

    /** Sets a big-endian 16-bit word to the low 16 bits of a value. */
    public static void setBe16(MemorySegment segment, long offset, int value) {
        segment.set(BE16, offset, (short) value);
    }

    /** A big-endian 32-bit word. */
    public static int be32(MemorySegment segment, long offset) {
        return segment.get(BE32, offset);
    }

    /** Sets a big-endian 32-bit word. */
    public static void setBe32(MemorySegment segment, long offset, int value) {
        segment.set(BE32, offset, value);
    }

    /** A big-endian 64-bit word: half of a GID. */
    public static long be64(MemorySegment segment, long offset) {
        return segment.get(BE64, offset);
    }

    /** Sets a big-endian 64-bit word. */
    public static void setBe64(MemorySegment segment, long offset, long value) {
        segment.set(BE64, offset, value);
    }
}
