package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Entry of a completion EQ or of the command EQ: its first 8 of 16 bytes.
 *
 * <pre>
 * 63    doorbell flag, not read by the driver
 * 55:32 producer index, not read by the driver
 * 31    owner
 * 19:0  CQN
 * </pre>
 *
 * Data sheet: §9.
 */
public final class Ceqe {
    private static final BitField DOORBELL = BitField.bit(63);
    private static final BitField PRODUCER_INDEX = BitField.of(55, 32);
    private static final BitField OWNER = BitField.bit(31);
    private static final BitField CQN = BitField.of(19, 0);

    private Ceqe() {}

    /** The entry. */
    public static long compose(boolean doorbell, int producerIndex, int owner, int cqn) {
        return DOORBELL.place(doorbell) | PRODUCER_INDEX.place(producerIndex) | OWNER.place(owner) | CQN.place(cqn);
    }

    /** Writes the entry; completions that it tells of are visible to who sees it. */
    public static void store(MemorySegment ring, long offset, long ceqe) {
        Words.storeLe64(ring, offset, ceqe);
    }

    /** The entry, to be read before the CQ. */
    public static long load(MemorySegment ring, long offset) {
        return Words.loadLe64(ring, offset);
    }

    /** Doorbell flag. */
    public static boolean doorbell(long ceqe) {
        return DOORBELL.isSet(ceqe);
    }

    /** Producer index of the CQ, 24 bits. */
    public static int producerIndex(long ceqe) {
        return PRODUCER_INDEX.getInt(ceqe);
    }

    /** Owner bit, 0 or 1, for {@link RingIndex#valid}. */
    public static int owner(long ceqe) {
        return OWNER.getInt(ceqe);
    }

    /** CQN, 20 bits; not read on the command EQ. */
    public static int cqn(long ceqe) {
        return CQN.getInt(ceqe);
    }
}
