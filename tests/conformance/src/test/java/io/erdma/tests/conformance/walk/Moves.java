package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpState;

/** The driver's state machine of a QP, as driver-behaviour §4 has it. */
final class Moves {
    private Moves() {}

    /** Moves a QP; or why that is refused, else null. */
    static Errno move(Qp qp, QpState to, Engine engine) {
        return switch (qp.driver) {
            case IDLE -> fromIdle(qp, to, engine);
            case RTS -> fromRts(qp, to, engine);
            case CLOSING -> fromClosing(qp, to, engine);
            case TERMINATE -> {
                qp.driver = to == QpState.ERR ? Qp.Driver.ERROR : qp.driver;
                yield null;
            }
            case ERROR -> null;
        };
    }

    private static Errno fromIdle(Qp qp, QpState to, Engine engine) {
        if (to == QpState.RTS) {
            return Errno.EINVAL;
        }
        if (to == QpState.ERR) {
            leave(qp, Qp.Driver.ERROR, engine);
        }
        return null;
    }

    private static Errno fromRts(Qp qp, QpState to, Engine engine) {
        switch (to) {
            case SQD -> leave(qp, Qp.Driver.CLOSING, engine);
            case SQE -> leave(qp, Qp.Driver.TERMINATE, engine);
            case ERR -> leave(qp, Qp.Driver.ERROR, engine);
            case RESET, INIT, RTR, RTS -> {}
        }
        return null;
    }

    private static Errno fromClosing(Qp qp, QpState to, Engine engine) {
        switch (to) {
            case RTR, RTS, SQE -> {
                return Errno.ECONNABORTED;
            }
            case RESET, INIT -> qp.driver = Qp.Driver.IDLE;
            case ERR -> leave(qp, Qp.Driver.ERROR, engine);
            case SQD -> {}
        }
        return null;
    }

    private static void leave(Qp qp, Qp.Driver to, Engine engine) {
        qp.driver = to;
        engine.leave(qp);
    }
}
