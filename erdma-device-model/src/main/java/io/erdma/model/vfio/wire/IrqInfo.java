package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DEVICE_GET_IRQ_INFO and of its reply.
 *
 * <pre>
 *  0  argsz: room for the reply; in it, what it needs
 *  4  flags: 0 by eventfd, 1 can be masked, 2 masks itself, 3 can't be resized
 *  8  interrupt type
 * 12  interrupts of the type
 * </pre>
 */
public final class IrqInfo {
    /** Its length. */
    public static final int BYTES = 16;
    /** Flag: signalled by eventfds. */
    public static final int EVENTFD = 1;
    /** Flag: MASK and UNMASK work. */
    public static final int MASKABLE = 2;

    private IrqInfo() {}

    /** Room for the reply. */
    public static long argsz(MemorySegment message, long at) {
        return Fields.u32(message, at);
    }

    /** {@link #EVENTFD}, {@link #MASKABLE}. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Interrupt type: {@link Irq}, or not. */
    public static int index(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** Interrupts of the type. */
    public static int count(MemorySegment message, long at) {
        return Fields.s32(message, at + 12);
    }

    /** Writes it. */
    public static void set(MemorySegment message, long at, int flags, int index, int count) {
        Fields.setU32(message, at, BYTES);
        Fields.setU32(message, at + 4, flags);
        Fields.setU32(message, at + 8, index);
        Fields.setU32(message, at + 12, count);
    }
}
