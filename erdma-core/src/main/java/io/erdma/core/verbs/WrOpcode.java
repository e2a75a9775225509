package io.erdma.core.verbs;

/** What a send request asks for (libibverbs: {@code IBV_WR_*}; kernel: {@code IB_WR_*}). */
public enum WrOpcode {
    /** RDMA WRITE. */
    RDMA_WRITE,
    /** RDMA WRITE that also consumes a receive and delivers 32 bits. */
    RDMA_WRITE_WITH_IMM,
    /** SEND. */
    SEND,
    /** SEND with 32 bits. */
    SEND_WITH_IMM,
    /** SEND that invalidates an STag of the peer. */
    SEND_WITH_INV,
    /** RDMA READ. */
    RDMA_READ,
    /** RDMA READ that invalidates the local STag afterwards. */
    RDMA_READ_WITH_INV,
    /** Compare and swap of 8 bytes. */
    ATOMIC_CMP_AND_SWP,
    /** Fetch and add of 8 bytes. */
    ATOMIC_FETCH_AND_ADD,
    /** Make a fast-register MR valid. */
    REG_MR,
    /** Invalidate a local STag. */
    LOCAL_INV
}
