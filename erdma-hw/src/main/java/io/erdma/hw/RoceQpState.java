package io.erdma.hw;

import io.erdma.core.verbs.QpState;
import java.util.Optional;

/**
 * State of a RoCEv2 QP, as MODIFY_QP and QUERY_QP carry it: 0 RESET, 1 INIT, 2 RTR, 3 RTS, 4 SQD, 5 SQE, 6 ERROR. Data sheet: §5.1,
 * commands 3 and 17; since Linux 7.3.
 */
public final class RoceQpState {
    private RoceQpState() {}

    /** The wire number of a state. */
    public static int number(QpState state) {
        return switch (state) {
            case RESET -> 0;
            case INIT -> 1;
            case RTR -> 2;
            case RTS -> 3;
            case SQD -> 4;
            case SQE -> 5;
            case ERR -> 6;
        };
    }

    /** The state of a wire number; empty for an unknown one. */
    public static Optional<QpState> of(int number) {
        for (QpState state : QpState.values()) {
            if (number(state) == number) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
