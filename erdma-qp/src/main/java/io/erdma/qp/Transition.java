package io.erdma.qp;

import io.erdma.hw.IwarpQpState;

/** What a move of an iWARP QP does, as data. Driver behaviour: §4 (kernel: {@code erdma_modify_qp_internal}). */
enum Transition {
    /** The state stays, and that is success. */
    NOTHING,
    /** Only with a connection. */
    CONNECT,
    /** Into error without ever having been connected. */
    FAIL,
    /** Out of RTS. */
    LEAVE,
    /** The device hears of it, nobody else. */
    COMMAND_ONLY,
    /** Nobody hears of it. */
    STATE_ONLY,
    /** ECONNABORTED. */
    ABORTED;

    static Transition of(IwarpQpState from, IwarpQpState to) {
        return switch (from) {
            case IDLE, RTR -> switch (to) {
                case RTS -> CONNECT;
                case ERROR -> FAIL;
                default -> NOTHING;
            };
            case RTS -> switch (to) {
                case CLOSING, TERMINATE, ERROR -> LEAVE;
                default -> NOTHING;
            };
            case TERMINATE -> to == IwarpQpState.ERROR ? STATE_ONLY : NOTHING;
            case CLOSING -> switch (to) {
                case IDLE -> STATE_ONLY;
                case ERROR -> COMMAND_ONLY;
                case RTR, RTS, TERMINATE -> ABORTED;
                case CLOSING -> NOTHING;
            };
            case ERROR -> NOTHING;
        };
    }

    /** Whether what is posted from now on comes back flushed. */
    boolean startsFlush() {
        return this == FAIL || this == LEAVE;
    }
}
