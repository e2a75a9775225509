package io.erdma.hw;

/**
 * Doorbell of a completion EQ, the command EQ or the AEQ.
 *
 * <pre>
 * 31   ARM
 * 23:0 consumer index
 * </pre>
 *
 * Data sheet: §3.
 */
public final class EqDoorbell {
    private static final BitField ARM = BitField.bit(31);
    private static final BitField CONSUMER_INDEX = BitField.of(23, 0);

    private EqDoorbell() {}

    /** The value to ring. */
    public static long compose(boolean arm, int consumerIndex) {
        return ARM.place(arm) | CONSUMER_INDEX.place(consumerIndex);
    }

    /** Whether the next entry shall raise the vector. */
    public static boolean arm(long doorbell) {
        return ARM.isSet(doorbell);
    }

    /** Consumer index, 24 bits of which the counter has 16: compare modulo 2¹⁶. */
    public static int consumerIndex(long doorbell) {
        return CONSUMER_INDEX.getInt(doorbell);
    }
}
