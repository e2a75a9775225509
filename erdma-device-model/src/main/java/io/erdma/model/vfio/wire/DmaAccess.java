package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DMA_READ and DMA_WRITE, from the server, and of their replies.
 *
 * <pre>
 *  0  DMA address, 64 bits
 *  8  bytes, 64 bits
 * 16  the data: of a write in the request, of a read in the reply
 * </pre>
 */
public final class DmaAccess {
    /** Its length, without the data. */
    public static final int BYTES = 16;
    /** Its length in replies to DMA_WRITE whose count has 32 bits, as the specification has it. */
    public static final int SHORT_BYTES = 12;

    private DmaAccess() {}

    /** DMA address. */
    public static long address(MemorySegment message, long at) {
        return Fields.u64(message, at);
    }

    /** Bytes of data. */
    public static long count(MemorySegment message, long at) {
        return Fields.u64(message, at + 8);
    }

    /** Bytes of data, in a reply of {@link #SHORT_BYTES}. */
    public static long shortCount(MemorySegment message, long at) {
        return Fields.u32(message, at + 8);
    }

    /** Writes it, without the data. */
    public static void set(MemorySegment message, long at, long address, long count) {
        Fields.setU64(message, at, address);
        Fields.setU64(message, at + 8, count);
    }
}
