package io.erdma.hw.abi;

import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Response of a user's create-QP.
 *
 * <pre>
 *  0 qp_id
 *  4 num_sqe
 *  8 num_rqe
 * 12 rq_offset
 * </pre>
 *
 * Data sheet: §10 (kernel header: {@code rdma/erdma-abi.h}, {@code struct erdma_uresp_create_qp}).
 */
public final class UrespCreateQp {
    /** Size. */
    public static final int BYTES = 16;

    private static final long QP_ID = 0;
    private static final long NUM_SQE = 4;
    private static final long NUM_RQE = 8;
    private static final long RQ_OFFSET = 12;

    private UrespCreateQp() {}

    /** QPN. */
    public static int qpId(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + QP_ID);
    }

    /** Sets {@link #qpId}. */
    public static void setQpId(MemorySegment struct, long offset, int qpId) {
        Words.setLe32(struct, offset + QP_ID, qpId);
    }

    /** WQEBBs of the SQ. */
    public static int numSqe(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + NUM_SQE);
    }

    /** Sets {@link #numSqe}. */
    public static void setNumSqe(MemorySegment struct, long offset, int numSqe) {
        Words.setLe32(struct, offset + NUM_SQE, numSqe);
    }

    /** Entries of the RQ. */
    public static int numRqe(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + NUM_RQE);
    }

    /** Sets {@link #numRqe}. */
    public static void setNumRqe(MemorySegment struct, long offset, int numRqe) {
        Words.setLe32(struct, offset + NUM_RQE, numRqe);
    }

    /** Where the RQ begins in the buffer, in bytes. */
    public static int rqOffset(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + RQ_OFFSET);
    }

    /** Sets {@link #rqOffset}. */
    public static void setRqOffset(MemorySegment struct, long offset, int rqOffset) {
        Words.setLe32(struct, offset + RQ_OFFSET, rqOffset);
    }
}
