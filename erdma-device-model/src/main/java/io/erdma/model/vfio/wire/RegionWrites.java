package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of REGION_WRITE_MULTI: small writes, in order.
 *
 * <pre>
 *  0  number of writes, 64 bits
 *  8  each 24 bytes: {@link RegionAccess}, and 8 bytes of data of which the first count
 * </pre>
 */
public final class RegionWrites {
    /** Its length, without the writes. */
    public static final int BYTES = 8;
    /** Bytes of a write. */
    public static final int WRITE_BYTES = RegionAccess.BYTES + 8;

    private RegionWrites() {}

    /** Number of writes. */
    public static long count(MemorySegment message, long at) {
        return Fields.u64(message, at);
    }

    /** Sets the number of writes. */
    public static void setCount(MemorySegment message, long at, long count) {
        Fields.setU64(message, at, count);
    }

    /** Where the nth write is. */
    public static long write(long at, int nth) {
        return at + BYTES + (long) nth * WRITE_BYTES;
    }
}
