package io.erdma.hw.cmd;

import io.erdma.hw.BitField;

/**
 * Response of QUERY_QP; since Linux 7.3.
 *
 * <pre>
 * response 0: 56 draining, 55:48 state, 47:24 RQ PSN, 23:0 SQ PSN
 * </pre>
 *
 * Data sheet: §5.1, command 17.
 */
public final class QueryQpResponse {
    private static final BitField DRAINING = BitField.bit(56);
    private static final BitField STATE = BitField.of(55, 48);
    private static final BitField RQ_PSN = BitField.of(47, 24);
    private static final BitField SQ_PSN = BitField.of(23, 0);

    private QueryQpResponse() {}

    /** The response; values are cut to their fields. */
    public static CommandResponse compose(boolean draining, int state, int rqPsn, int sqPsn) {
        return new CommandResponse(
                DRAINING.place(draining) | STATE.place(state) | RQ_PSN.place(rqPsn) | SQ_PSN.place(sqPsn), 0);
    }

    /** Whether the send queue is draining. */
    public static boolean draining(CommandResponse response) {
        return DRAINING.isSet(response.qword0());
    }

    /** Number of {@link io.erdma.hw.RoceQpState}. */
    public static int state(CommandResponse response) {
        return STATE.getInt(response.qword0());
    }

    /** Packet sequence number of the receive queue, 24 bits. */
    public static int rqPsn(CommandResponse response) {
        return RQ_PSN.getInt(response.qword0());
    }

    /** Packet sequence number of the send queue, 24 bits. */
    public static int sqPsn(CommandResponse response) {
        return SQ_PSN.getInt(response.qword0());
    }
}
