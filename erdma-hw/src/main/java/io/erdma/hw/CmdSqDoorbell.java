package io.erdma.hw;

/**
 * Command SQ doorbell.
 *
 * <pre>15:0 producer index in WQEBBs, already advanced past the command</pre>
 *
 * Data sheet: §3.
 */
public final class CmdSqDoorbell {
    private static final BitField PRODUCER_INDEX = BitField.of(15, 0);

    private CmdSqDoorbell() {}

    /** The value to ring. */
    public static long compose(int producerIndex) {
        return PRODUCER_INDEX.place(producerIndex);
    }

    /** Producer index in WQEBBs, 16 bits, free-running. */
    public static int producerIndex(long doorbell) {
        return PRODUCER_INDEX.getInt(doorbell);
    }
}
