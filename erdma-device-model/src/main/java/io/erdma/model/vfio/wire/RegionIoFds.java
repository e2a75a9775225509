package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DEVICE_GET_REGION_IO_FDS and of its reply, without sub-regions.
 *
 * <pre>
 *  0  argsz: room for the reply; in it, what it needs
 *  4  flags, 0
 *  8  region
 * 12  number of sub-regions
 * </pre>
 */
public final class RegionIoFds {
    /** Its length. */
    public static final int BYTES = 16;

    private RegionIoFds() {}

    /** Room for the reply. */
    public static long argsz(MemorySegment message, long at) {
        return Fields.u32(message, at);
    }

    /** Must be 0. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Region number: {@link Region}, or not. */
    public static int index(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** Number of sub-regions; 0 in a request. */
    public static int count(MemorySegment message, long at) {
        return Fields.s32(message, at + 12);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int index, int count) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, 0);
        Fields.setU32(message, at + 8, index);
        Fields.setU32(message, at + 12, count);
    }
}
