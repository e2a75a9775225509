package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of SEND, SEND_WITH_IMM, SEND_WITH_INV.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 immediate (BE) or STag to invalidate
 * 12 length: sum of the SGEs, or inline bytes
 * 16 SGEs, {@link Sge}, or inline data
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeSend {
    /** Where SGEs or inline data begin. */
    public static final int SGL_OFFSET = 16;

    private static final long IMMEDIATE = 8;
    private static final long INVALIDATE_STAG = 8;
    private static final long LENGTH = 12;

    private SqeSend() {}

    /** The immediate of SEND_WITH_IMM, as a number (BE in the entry); else garbage. */
    public static int immediate(MemorySegment sqe, long offset) {
        return Words.be32(sqe, offset + IMMEDIATE);
    }

    /** Sets {@link #immediate}. */
    public static void setImmediate(MemorySegment sqe, long offset, int immediate) {
        Words.setBe32(sqe, offset + IMMEDIATE, immediate);
    }

    /** STag that the peer shall invalidate, SEND_WITH_INV; else garbage. */
    public static int invalidateStag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + INVALIDATE_STAG);
    }

    /** Sets {@link #invalidateStag}. */
    public static void setInvalidateStag(MemorySegment sqe, long offset, int invalidateStag) {
        Words.setLe32(sqe, offset + INVALIDATE_STAG, invalidateStag);
    }

    /** Sets {@link #immediate} and {@link #length} in one store. */
    public static void setImmediateAndLength(MemorySegment sqe, long offset, int immediate, long length) {
        Words.setLe64(sqe, offset + IMMEDIATE,
                Integer.toUnsignedLong(Integer.reverseBytes(immediate)) | length << Integer.SIZE);
    }

    /** Length of the message in bytes. */
    public static long length(MemorySegment sqe, long offset) {
        return Words.unsignedLe32(sqe, offset + LENGTH);
    }

    /** Sets {@link #length}. */
    public static void setLength(MemorySegment sqe, long offset, long length) {
        Words.setLe32(sqe, offset + LENGTH, (int) length);
    }
}
