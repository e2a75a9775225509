package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DEVICE_GET_INFO and of its reply.
 *
 * <pre>
 *  0  argsz: room for the reply; in it, what it needs
 *  4  flags: 0 can be reset, 1 PCI
 *  8  number of regions
 * 12  number of interrupt types
 * </pre>
 */
public final class DeviceInfo {
    /** Its length. */
    public static final int BYTES = 16;
    /** Flag: DEVICE_RESET works. */
    public static final int RESET = 1;
    /** Flag: a PCI device. */
    public static final int PCI = 2;

    private DeviceInfo() {}

    /** Room for the reply. */
    public static long argsz(MemorySegment message, long at) {
        return Fields.u32(message, at);
    }

    /** {@link #RESET}, {@link #PCI}. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Number of regions. */
    public static int regions(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** Number of interrupt types. */
    public static int irqTypes(MemorySegment message, long at) {
        return Fields.s32(message, at + 12);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int flags, int regions, int irqTypes) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, flags);
        Fields.setU32(message, at + 8, regions);
        Fields.setU32(message, at + 12, irqTypes);
    }
}
