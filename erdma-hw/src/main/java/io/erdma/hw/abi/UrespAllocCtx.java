package io.erdma.hw.abi;

import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Response of a user's alloc-context.
 *
 * <pre>
 *  0 dev_id
 *  4 –
 *  8 sdb_type
 * 12 sdb_offset
 * 16 sdb, 24 rdb, 32 cdb (64 each)
 * </pre>
 *
 * Data sheet: §10 (kernel header: {@code rdma/erdma-abi.h}, {@code struct erdma_uresp_alloc_ctx}).
 */
public final class UrespAllocCtx {
    /** Size. */
    public static final int BYTES = 40;

    private static final long DEV_ID = 0;
    private static final long SDB_TYPE = 8;
    private static final long SDB_OFFSET = 12;
    private static final long SDB = 16;
    private static final long RDB = 24;
    private static final long CDB = 32;

    private UrespAllocCtx() {}

    /** PCI device number. */
    public static int devId(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + DEV_ID);
    }

    /** Sets {@link #devId}. */
    public static void setDevId(MemorySegment struct, long offset, int devId) {
        Words.setLe32(struct, offset + DEV_ID, devId);
    }

    /** {@link UserAbi#SDB_PAGE} or {@link UserAbi#SDB_ENTRY}. */
    public static int sdbType(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + SDB_TYPE);
    }

    /** Sets {@link #sdbType}. */
    public static void setSdbType(MemorySegment struct, long offset, int sdbType) {
        Words.setLe32(struct, offset + SDB_TYPE, sdbType);
    }

    /** Which entry of the page, with {@link UserAbi#SDB_ENTRY}; else 0. */
    public static int sdbOffset(MemorySegment struct, long offset) {
        return Words.le32(struct, offset + SDB_OFFSET);
    }

    /** Sets {@link #sdbOffset}. */
    public static void setSdbOffset(MemorySegment struct, long offset, int sdbOffset) {
        Words.setLe32(struct, offset + SDB_OFFSET, sdbOffset);
    }

    /** Offset for mmap of the page of SQ doorbells. */
    public static long sdb(MemorySegment struct, long offset) {
        return Words.le64(struct, offset + SDB);
    }

    /** Sets {@link #sdb}. */
    public static void setSdb(MemorySegment struct, long offset, long sdb) {
        Words.setLe64(struct, offset + SDB, sdb);
    }

    /** Offset for mmap of the page of RQ doorbells. */
    public static long rdb(MemorySegment struct, long offset) {
        return Words.le64(struct, offset + RDB);
    }

    /** Sets {@link #rdb}. */
    public static void setRdb(MemorySegment struct, long offset, long rdb) {
        Words.setLe64(struct, offset + RDB, rdb);
    }

    /** Offset for mmap of the page of CQ doorbells. */
    public static long cdb(MemorySegment struct, long offset) {
        return Words.le64(struct, offset + CDB);
    }

    /** Sets {@link #cdb}. */
    public static void setCdb(MemorySegment struct, long offset, long cdb) {
        Words.setLe64(struct, offset + CDB, cdb);
    }
}
