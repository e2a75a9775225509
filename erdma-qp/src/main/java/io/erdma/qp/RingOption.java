package io.erdma.qp;

/** How a QP's rings are used; fixed when they are made. */
public enum RingOption {
    /** Every send request completes with a completion, whatever its flags say (kernel: {@code IB_SIGNAL_ALL_WR}). */
    SIGNAL_ALL,
    /** The requests are a user program's: REG_MR, LOCAL_INV, RDMA_READ_WITH_INV and a missing opcode are EINVAL, as in the user provider. */
    USER,
    /** The QP is UD: send requests carry their destination, other than SEND and SEND_WITH_IMM is EINVAL. */
    DATAGRAM,
    /** One thread at a time posts to each ring, by the caller's promise: nothing is locked. A completion may be taken by another thread. */
    SINGLE_THREADED
}
