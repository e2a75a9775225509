package io.erdma.hw;

/**
 * SQ doorbell.
 *
 * <pre>
 * 51:32 QPN
 * 15:0  producer index in WQEBBs
 * </pre>
 *
 * Data sheet: §3.
 */
public final class SqDoorbell {
    private static final BitField QPN = BitField.of(51, 32);
    private static final BitField PRODUCER_INDEX = BitField.of(15, 0);

    private SqDoorbell() {}

    /** The value to ring. */
    public static long compose(int qpn, int producerIndex) {
        return QPN.place(qpn) | PRODUCER_INDEX.place(producerIndex);
    }

    /** QPN, 20 bits. */
    public static int qpn(long doorbell) {
        return QPN.getInt(doorbell);
    }

    /** Producer index in WQEBBs, 16 bits, free-running. */
    public static int producerIndex(long doorbell) {
        return PRODUCER_INDEX.getInt(doorbell);
    }
}
