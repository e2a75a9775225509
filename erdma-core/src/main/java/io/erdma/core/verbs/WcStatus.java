package io.erdma.core.verbs;

/** Status of a completion (libibverbs: {@code IBV_WC_*}, in its order, so that {@code ordinal()} is libibverbs' number). */
public enum WcStatus {
    /** Done. */
    SUCCESS,
    /** Message longer than the buffer. */
    LOC_LEN_ERR,
    /** Bad request. */
    LOC_QP_OP_ERR,
    /** Bad EE context. */
    LOC_EEC_OP_ERR,
    /** Local protection. */
    LOC_PROT_ERR,
    /** Flushed, as the QP had left the working states. */
    WR_FLUSH_ERR,
    /** Memory window. */
    MW_BIND_ERR,
    /** Unexpected response. */
    BAD_RESP_ERR,
    /** Local access. */
    LOC_ACCESS_ERR,
    /** The peer found the request invalid. */
    REM_INV_REQ_ERR,
    /** The peer refused access. */
    REM_ACCESS_ERR,
    /** The peer failed. */
    REM_OP_ERR,
    /** The peer is gone or cannot be reached. */
    RETRY_EXC_ERR,
    /** Receiver not ready. */
    RNR_RETRY_EXC_ERR,
    /** Local RDD. */
    LOC_RDD_VIOL_ERR,
    /** Remote RD request. */
    REM_INV_RD_REQ_ERR,
    /** Remote abort. */
    REM_ABORT_ERR,
    /** Bad EE number. */
    INV_EECN_ERR,
    /** Bad EE state. */
    INV_EEC_STATE_ERR,
    /** Fatal. */
    FATAL_ERR,
    /** Response time-out. */
    RESP_TIMEOUT_ERR,
    /** Anything else. */
    GENERAL_ERR
}
