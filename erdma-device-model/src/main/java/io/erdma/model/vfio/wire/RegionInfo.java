package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DEVICE_GET_REGION_INFO and of its reply.
 *
 * <pre>
 *  0  argsz: room for the reply; in it, what it needs
 *  4  flags: 0 readable, 1 writable, 2 can be mapped, 3 capabilities follow
 *  8  region
 * 12  where the capabilities begin
 * 16  bytes of the region, 64 bits
 * 24  offset of the region in its file, 64 bits
 * </pre>
 */
public final class RegionInfo {
    /** Its length, without capabilities. */
    public static final int BYTES = 32;
    /** Flag: can be read. */
    public static final int READABLE = 1;
    /** Flag: can be written. */
    public static final int WRITABLE = 2;

    private RegionInfo() {}

    /** Room for the reply. */
    public static long argsz(MemorySegment message, long at) {
        return Fields.u32(message, at);
    }

    /** {@link #READABLE}, {@link #WRITABLE}. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Region number: {@link Region}, or not. */
    public static int index(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** Bytes of the region; 0: there is none. */
    public static long size(MemorySegment message, long at) {
        return Fields.u64(message, at + 16);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int flags, int index, long size, long offset) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, flags);
        Fields.setU32(message, at + 8, index);
        Fields.setU32(message, at + 12, 0);
        Fields.setU64(message, at + 16, size);
        Fields.setU64(message, at + 24, offset);
    }
}
