package io.erdma.cm.iwarp;

/** State of an end point (kernel: {@code enum erdma_cep_state}). */
public enum EndPointState {
    /** New. */
    IDLE,
    /** Takes connections. */
    LISTENING,
    /** Active: TCP is connecting. */
    CONNECTING,
    /** Passive: the peer's request is awaited. */
    AWAIT_MPAREQ,
    /** Passive: the consumer decides about the request. */
    RECVD_MPAREQ,
    /** Active: the peer's reply is awaited. */
    AWAIT_MPAREP,
    /** Connected: the stream belongs to the card. */
    RDMA_MODE,
    /** At its end; it holds nothing. */
    CLOSED
}
