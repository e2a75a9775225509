package io.erdma.core.verbs;

/** State of a QP as verbs see it (libibverbs: {@code IBV_QPS_*}, in its order). */
public enum QpState {
    /** New. */
    RESET,
    /** Receives may be posted. */
    INIT,
    /** Ready to receive. */
    RTR,
    /** Ready to send. */
    RTS,
    /** Send queue drained; on iWARP: closing. */
    SQD,
    /** Send queue in error; on iWARP: terminated. */
    SQE,
    /** In error: everything is flushed. */
    ERR
}
