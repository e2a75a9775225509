package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DMA_UNMAP and of its reply.
 *
 * <pre>
 *  0  argsz
 *  4  flags: 1 all, whatever the rest says (as VFIO's; QEMU sends it)
 *  8  DMA address, 64 bits
 * 16  bytes, 64 bits
 * </pre>
 */
public final class DmaUnmap {
    /** Its length. */
    public static final int BYTES = 24;
    /** Flag: everything that is mapped. */
    public static final int ALL = 2;

    private DmaUnmap() {}

    /** {@link #ALL}, and what is unknown. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** First DMA address, of one DMA_MAP. */
    public static long address(MemorySegment message, long at) {
        return Fields.u64(message, at + 8);
    }

    /** Bytes, of the same. */
    public static long size(MemorySegment message, long at) {
        return Fields.u64(message, at + 16);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int flags, long address, long size) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, flags);
        Fields.setU64(message, at + 8, address);
        Fields.setU64(message, at + 16, size);
    }
}
