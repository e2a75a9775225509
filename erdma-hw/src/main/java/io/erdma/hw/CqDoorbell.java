package io.erdma.hw;

/**
 * CQ doorbell, of the command CQ too. It is written only to arm: polling tells the device nothing.
 *
 * <pre>
 * 63:56 IDX, the count of arms
 * 55:32 CQN
 * 31    ARM
 * 30    SOL, solicited only
 * 29:28 CMDSN, the count of events taken
 * 23:0  consumer index
 * </pre>
 *
 * Data sheet: §3.
 */
public final class CqDoorbell {
    /** IDX in the record of a user CQ after CREATE_CQ: nothing armed yet. */
    public static final int UNARMED_IDX = 0xFF;
    /** CMDSN in the record of a user CQ after CREATE_CQ. */
    public static final int UNARMED_CMDSN = 3;

    private static final BitField IDX = BitField.of(63, 56);
    private static final BitField CQN = BitField.of(55, 32);
    private static final BitField ARM = BitField.bit(31);
    private static final BitField SOL = BitField.bit(30);
    private static final BitField CMDSN = BitField.of(29, 28);
    private static final BitField CONSUMER_INDEX = BitField.of(23, 0);

    private CqDoorbell() {}

    /** The value to ring; counters may be given whole, each is cut to its field. */
    public static long compose(int idx, int cqn, boolean arm, boolean solicitedOnly, int cmdsn, int consumerIndex) {
        return IDX.place(idx) | CQN.place(cqn) | ARM.place(arm) | SOL.place(solicitedOnly) | CMDSN.place(cmdsn)
                | CONSUMER_INDEX.place(consumerIndex);
    }

    /** Count of arms, 8 bits. */
    public static int idx(long doorbell) {
        return IDX.getInt(doorbell);
    }

    /** CQN, 24 bits. */
    public static int cqn(long doorbell) {
        return CQN.getInt(doorbell);
    }

    /** Whether an event is asked for. */
    public static boolean arm(long doorbell) {
        return ARM.isSet(doorbell);
    }

    /** Whether only a solicited completion, or one in error, shall raise the event. */
    public static boolean solicitedOnly(long doorbell) {
        return SOL.isSet(doorbell);
    }

    /** Count of the CQ's events that the consumer has taken, 2 bits. */
    public static int cmdsn(long doorbell) {
        return CMDSN.getInt(doorbell);
    }

    /** Consumer index, the low 24 bits of a 32-bit counter. */
    public static int consumerIndex(long doorbell) {
        return CONSUMER_INDEX.getInt(doorbell);
    }
}
