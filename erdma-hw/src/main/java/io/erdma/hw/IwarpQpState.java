package io.erdma.hw;

import io.erdma.core.verbs.QpState;
import java.util.List;
import java.util.Optional;

/**
 * State of an iWARP QP, as MODIFY_QP carries it; {@link #number} is the wire number. Data sheet: §5.1, command 3; the mapping to the verbs'
 * states: driver behaviour §4 (kernel: {@code ib_qps_to_erdma_qps} and back).
 */
public enum IwarpQpState {
    /** New; never sent. */
    IDLE,
    /** Ready to receive; never sent. */
    RTR,
    /** Connected. */
    RTS,
    /** Closing gracefully. */
    CLOSING,
    /** Terminated by an error. */
    TERMINATE,
    /** In error. */
    ERROR;

    private static final List<IwarpQpState> BY_NUMBER = List.of(values());

    /** The wire number. */
    public int number() {
        return ordinal();
    }

    /** The state of a wire number; empty for an unknown one. */
    public static Optional<IwarpQpState> of(int number) {
        return number >= 0 && number < BY_NUMBER.size() ? Optional.of(BY_NUMBER.get(number)) : Optional.empty();
    }

    /** The state that a move to a verbs state means. */
    public static IwarpQpState of(QpState state) {
        return switch (state) {
            case RESET, INIT -> IDLE;
            case RTR -> RTR;
            case RTS -> RTS;
            case SQD -> CLOSING;
            case SQE -> TERMINATE;
            case ERR -> ERROR;
        };
    }

    /** The state that a query reports. */
    public QpState toVerbs() {
        return switch (this) {
            case IDLE -> QpState.INIT;
            case RTR -> QpState.RTR;
            case RTS -> QpState.RTS;
            case CLOSING, TERMINATE, ERROR -> QpState.ERR;
        };
    }
}
