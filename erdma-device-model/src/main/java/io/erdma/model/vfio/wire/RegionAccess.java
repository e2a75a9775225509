package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of REGION_READ and REGION_WRITE and of their replies.
 *
 * <pre>
 *  0  offset in the region, 64 bits
 *  8  region
 * 12  bytes
 * 16  the data: of a write in the request, of a read in the reply
 * </pre>
 */
public final class RegionAccess {
    /** Its length, without the data. */
    public static final int BYTES = 16;

    private RegionAccess() {}

    /** Offset in the region. */
    public static long offset(MemorySegment message, long at) {
        return Fields.u64(message, at);
    }

    /** Region number: {@link Region}, or not. */
    public static int region(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** Bytes of data. */
    public static long count(MemorySegment message, long at) {
        return Fields.u32(message, at + 12);
    }

    /** Writes it, without the data. */
    public static void set(MemorySegment message, long at, long offset, int region, long count) {
        Fields.setU64(message, at, offset);
        Fields.setU32(message, at + 8, region);
        Fields.setU32(message, at + 12, count);
    }
}
