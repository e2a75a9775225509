package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of WRITE and WRITE_WITH_IMM.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 immediate (BE)
 * 12 length: sum of the SGEs, or inline bytes
 * 16 sink STag
 * 20 sink offset (64 bits, low word first)
 * 28 –
 * 32 SGEs, {@link Sge}, or inline data
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeWrite {
    /** Where SGEs or inline data begin: the second WQEBB. */
    public static final int SGL_OFFSET = 32;

    private static final long IMMEDIATE = 8;
    private static final long LENGTH = 12;
    private static final long SINK_STAG = 16;
    private static final long SINK_OFFSET = 20;

    private SqeWrite() {}

    /** The immediate of WRITE_WITH_IMM, as a number (BE in the entry); else garbage. */
    public static int immediate(MemorySegment sqe, long offset) {
        return Words.be32(sqe, offset + IMMEDIATE);
    }

    /** Sets {@link #immediate}. */
    public static void setImmediate(MemorySegment sqe, long offset, int immediate) {
        Words.setBe32(sqe, offset + IMMEDIATE, immediate);
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

    /** STag of the peer's memory. */
    public static int sinkStag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + SINK_STAG);
    }

    /** Sets {@link #sinkStag}. */
    public static void setSinkStag(MemorySegment sqe, long offset, int sinkStag) {
        Words.setLe32(sqe, offset + SINK_STAG, sinkStag);
    }

    /** Address in the peer's memory. */
    public static long sinkOffset(MemorySegment sqe, long offset) {
        return Words.le64(sqe, offset + SINK_OFFSET);
    }

    /** Sets {@link #sinkOffset}. */
    public static void setSinkOffset(MemorySegment sqe, long offset, long sinkOffset) {
        Words.setLe64(sqe, offset + SINK_OFFSET, sinkOffset);
    }
}
