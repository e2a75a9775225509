package io.erdma.hw.abi;

import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request of a user's create-CQ.
 *
 * <pre>
 *  0 db_record_va (64)
 *  8 qbuf_va (64)
 * 16 qbuf_len
 * 20 –
 * </pre>
 *
 * Data sheet: §10 (kernel header: {@code rdma/erdma-abi.h}, {@code struct erdma_ureq_create_cq}).
 */
public final class UreqCreateCq {
    /** Size. */
    public static final int BYTES = 24;
    /** From here on its bytes are reserved, and 0. */
    public static final int RESERVED = 20;

    private static final long DB_RECORD_VA = 0;
    private static final long QBUF_VA = 8;
    private static final long QBUF_LEN = 16;

    private UreqCreateCq() {}

    /** Address of the doorbell record in the user's memory. */
    public static long dbRecordVa(MemorySegment struct, long offset) {
        return Words.le64(struct, offset + DB_RECORD_VA);
    }

    /** Sets {@link #dbRecordVa}. */
    public static void setDbRecordVa(MemorySegment struct, long offset, long dbRecordVa) {
        Words.setLe64(struct, offset + DB_RECORD_VA, dbRecordVa);
    }

    /** Address of the ring in the user's memory. */
    public static long qbufVa(MemorySegment struct, long offset) {
        return Words.le64(struct, offset + QBUF_VA);
    }

    /** Sets {@link #qbufVa}. */
    public static void setQbufVa(MemorySegment struct, long offset, long qbufVa) {
        Words.setLe64(struct, offset + QBUF_VA, qbufVa);
    }

    /** Length of the ring in bytes. */
    public static long qbufLen(MemorySegment struct, long offset) {
        return Words.unsignedLe32(struct, offset + QBUF_LEN);
    }

    /** Sets {@link #qbufLen}. */
    public static void setQbufLen(MemorySegment struct, long offset, long qbufLen) {
        Words.setLe32(struct, offset + QBUF_LEN, (int) qbufLen);
    }
}
