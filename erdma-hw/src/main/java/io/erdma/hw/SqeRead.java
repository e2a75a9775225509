package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of READ and READ_WITH_INV. It has one local sink; the header's SGL length is 0.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 STag to invalidate (READ_WITH_INV only)
 * 12 length
 * 16 local sink STag
 * 20 local sink offset (64 bits, low word first)
 * 28 –
 * 32 one SGE, {@link Sge}: the remote address, length and key
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeRead {
    /** Where the SGE of the remote memory is: the second WQEBB. */
    public static final int REMOTE_SGE_OFFSET = 32;
    /** Bytes of the entry. */
    public static final int BYTES = 48;

    private static final long INVALIDATE_STAG = 8;
    private static final long LENGTH = 12;
    private static final long SINK_STAG = 16;
    private static final long SINK_OFFSET = 20;

    private SqeRead() {}

    /** Local STag to invalidate, READ_WITH_INV; else garbage. */
    public static int invalidateStag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + INVALIDATE_STAG);
    }

    /** Sets {@link #invalidateStag}. */
    public static void setInvalidateStag(MemorySegment sqe, long offset, int invalidateStag) {
        Words.setLe32(sqe, offset + INVALIDATE_STAG, invalidateStag);
    }

    /** Length in bytes, that of the SGE. */
    public static long length(MemorySegment sqe, long offset) {
        return Words.unsignedLe32(sqe, offset + LENGTH);
    }

    /** Sets {@link #length}. */
    public static void setLength(MemorySegment sqe, long offset, long length) {
        Words.setLe32(sqe, offset + LENGTH, (int) length);
    }

    /** STag of the local memory that takes the data. */
    public static int sinkStag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + SINK_STAG);
    }

    /** Sets {@link #sinkStag}. */
    public static void setSinkStag(MemorySegment sqe, long offset, int sinkStag) {
        Words.setLe32(sqe, offset + SINK_STAG, sinkStag);
    }

    /** Address in the local memory. */
    public static long sinkOffset(MemorySegment sqe, long offset) {
        return Words.le64(sqe, offset + SINK_OFFSET);
    }

    /** Sets {@link #sinkOffset}. */
    public static void setSinkOffset(MemorySegment sqe, long offset, long sinkOffset) {
        Words.setLe64(sqe, offset + SINK_OFFSET, sinkOffset);
    }
}
