package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of ATOMIC_CAS and ATOMIC_FAA, always on 8 bytes.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 –
 * 16 swap value (CAS) or add value (FAA)
 * 24 compare value (CAS)
 * 32 SGE of the remote memory, {@link Sge}: address and key, the length is garbage
 * 48 SGE of the local memory that takes the old value
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeAtomic {
    /** Where the SGE of the remote memory is: the second WQEBB. */
    public static final int REMOTE_SGE_OFFSET = 32;
    /** Where the SGE of the local memory is. */
    public static final int LOCAL_SGE_OFFSET = 48;
    /** Bytes of the entry. */
    public static final int BYTES = 64;
    /** Bytes operated on. */
    public static final int OPERAND_BYTES = 8;

    private static final long SWAP_OR_ADD = 16;
    private static final long COMPARE = 24;

    private SqeAtomic() {}

    /** The value to swap in (CAS) or to add (FAA). */
    public static long swapOrAdd(MemorySegment sqe, long offset) {
        return Words.le64(sqe, offset + SWAP_OR_ADD);
    }

    /** Sets {@link #swapOrAdd}. */
    public static void setSwapOrAdd(MemorySegment sqe, long offset, long swapOrAdd) {
        Words.setLe64(sqe, offset + SWAP_OR_ADD, swapOrAdd);
    }

    /** The value to compare with (CAS); garbage for FAA. */
    public static long compare(MemorySegment sqe, long offset) {
        return Words.le64(sqe, offset + COMPARE);
    }

    /** Sets {@link #compare}. */
    public static void setCompare(MemorySegment sqe, long offset, long compare) {
        Words.setLe64(sqe, offset + COMPARE, compare);
    }
}
