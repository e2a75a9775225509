package io.erdma.hw;

/**
 * RQ doorbell: the first 8 bytes of the {@link Rqe} just written.
 *
 * <pre>
 * 63:32 QPN
 * 31:16 garbage
 * 15:0  index after this RQE
 * </pre>
 *
 * Data sheet: §3, §7.
 */
public final class RqDoorbell {
    private static final BitField QPN = BitField.of(63, 32);
    private static final BitField PRODUCER_INDEX = BitField.of(15, 0);

    private RqDoorbell() {}

    /** The value to ring and the header of the RQE. */
    public static long compose(int qpn, int producerIndex) {
        return QPN.place(qpn) | PRODUCER_INDEX.place(producerIndex);
    }

    /** QPN, a whole 32-bit word. */
    public static int qpn(long doorbell) {
        return QPN.getInt(doorbell);
    }

    /** Producer index in RQEs, 16 bits, free-running. */
    public static int producerIndex(long doorbell) {
        return PRODUCER_INDEX.getInt(doorbell);
    }
}
