package io.erdma.hw.abi;

import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Response of a user's create-CQ.
 *
 * <pre>
 *  0 cq_id
 *  4 num_cqe
 * </pre>
 *
 * Data sheet: §10 (kernel header: {@code rdma/erdma-abi.h}, {@code struct erdma_uresp_create_cq}).
 */
public final class UrespCreateCq {
    /** Size. */
    public static final int BYTES = 8;

    private static final long CQ_ID = 0;
    private static final long NUM_CQE = 4;

    private UrespCreateCq() {}

    /** CQN. */
    public static int cqId(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + CQ_ID);
    }

    /** Sets {@link #cqId}. */
    public static void setCqId(MemorySegment struct, long offset, int cqId) {
        Words.setLe32(struct, offset + CQ_ID, cqId);
    }

    /** Entries of the ring. */
    public static int numCqe(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + NUM_CQE);
    }

    /** Sets {@link #numCqe}. */
    public static void setNumCqe(MemorySegment struct, long offset, int numCqe) {
        Words.setLe32(struct, offset + NUM_CQE, numCqe);
    }
}
