package io.erdma.core.verbs;

/** What was completed (libibverbs: {@code IBV_WC_*}). */
public enum WcOpcode {
    /** SEND of any kind. */
    SEND,
    /** RDMA WRITE of any kind. */
    RDMA_WRITE,
    /** RDMA READ of any kind. */
    RDMA_READ,
    /** Compare and swap. */
    COMP_SWAP,
    /** Fetch and add. */
    FETCH_ADD,
    /** Local invalidate. */
    LOCAL_INV,
    /** Fast registration. */
    REG_MR,
    /** Receive of a SEND. */
    RECV,
    /** Receive consumed by a peer's WRITE with immediate. */
    RECV_RDMA_WITH_IMM
}
