package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of LOCAL_INV; all but the header and the STag is garbage.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 * 20 STag
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeLocalInv {
    /** Bytes of the entry. */
    public static final int BYTES = 32;

    private static final long STAG = 20;

    private SqeLocalInv() {}

    /** STag to invalidate. */
    public static int stag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + STAG);
    }

    /** Sets {@link #stag}. */
    public static void setStag(MemorySegment sqe, long offset, int stag) {
        Words.setLe32(sqe, offset + STAG, stag);
    }
}
