package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DMA_MAP; its reply has none.
 *
 * <pre>
 *  0  argsz
 *  4  flags: 0 readable, 1 writable
 *  8  offset in the file of the descriptor, 64 bits
 * 16  DMA address, 64 bits
 * 24  bytes, 64 bits
 * </pre>
 */
public final class DmaMap {
    /** Its length. */
    public static final int BYTES = 32;
    /** Flag: the device may read. */
    public static final int READABLE = 1;
    /** Flag: the device may write. */
    public static final int WRITABLE = 2;

    private DmaMap() {}

    /** {@link #READABLE}, {@link #WRITABLE}, and what is unknown. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Offset in the file. */
    public static long offset(MemorySegment message, long at) {
        return Fields.u64(message, at + 8);
    }

    /** First DMA address. */
    public static long address(MemorySegment message, long at) {
        return Fields.u64(message, at + 16);
    }

    /** Bytes. */
    public static long size(MemorySegment message, long at) {
        return Fields.u64(message, at + 24);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int flags, long offset, long address, long size) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, flags);
        Fields.setU64(message, at + 8, offset);
        Fields.setU64(message, at + 16, address);
        Fields.setU64(message, at + 24, size);
    }
}
