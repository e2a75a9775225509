package io.erdma.hw;

/**
 * Arithmetic of ring indices. Indices run free: 16 bits on SQ, RQ, EQ and the command SQ, 32 bits on CQs; depths are powers of two, of
 * at most 2¹⁵ entries where the index has 16 bits. CQEs and EQEs carry an owner bit that is 1 on the first lap and flips each lap, so
 * that a fresh, zeroed ring holds no valid entry. Data sheet: §4.
 */
public final class RingIndex {
    private static final int MASK_16 = 0xFFFF;

    private RingIndex() {}

    /** Slot of an index. */
    public static int slot(int index, int depth) {
        return index & (depth - 1);
    }

    /** Byte offset of an index' entry; {@code entryShift} is log2 of the entry's size. */
    public static long offset(int index, int depth, int entryShift) {
        return (long) slot(index, depth) << entryShift;
    }

    /** A 16-bit index, advanced. */
    public static int advance16(int index, int count) {
        return (index + count) & MASK_16;
    }

    /** Entries from one 16-bit index on to another, 0 … 65535. */
    public static int distance16(int from, int to) {
        return (to - from) & MASK_16;
    }

    /** Free entries of a ring with 16-bit indices: negative when the indices are further apart than its depth. */
    public static int room16(int producerIndex, int consumerIndex, int depth) {
        return depth - distance16(consumerIndex, producerIndex);
    }

    /** The owner bit, 0 or 1, that the producer gives the entry at an index. */
    public static int ownerBit(int producerIndex, int depth) {
        return (producerIndex & depth) == 0 ? 1 : 0;
    }

    /** Whether an entry with that owner bit, found at the consumer index, has been produced. */
    public static boolean valid(int ownerBit, int consumerIndex, int depth) {
        return ownerBit == ownerBit(consumerIndex, depth);
    }
}
