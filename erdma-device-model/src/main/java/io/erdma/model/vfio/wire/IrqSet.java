package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * Payload of DEVICE_SET_IRQS; its reply has none.
 *
 * <pre>
 *  0  argsz: bytes of this payload
 *  4  flags: one of 0 no data, 1 bytes, 2 eventfds; and one of 3 mask, 4 unmask, 5 trigger
 *  8  interrupt type
 * 12  first interrupt
 * 16  number of interrupts
 * 20  with "bytes": a byte an interrupt, 0 means not this one
 * </pre>
 */
public final class IrqSet {
    /** Its length, without data. */
    public static final int BYTES = 20;
    /** Flag: acts on all of the range. */
    public static final int DATA_NONE = 1;
    /** Flag: a byte an interrupt follows. */
    public static final int DATA_BOOL = 2;
    /** Flag: eventfds came with the message; none takes them away. */
    public static final int DATA_EVENTFD = 4;
    /** The flags that say what the data is. */
    public static final int DATA = DATA_NONE | DATA_BOOL | DATA_EVENTFD;
    /** Flag: mask. */
    public static final int MASK = 8;
    /** Flag: unmask. */
    public static final int UNMASK = 16;
    /** Flag: signal, or set what is signalled. */
    public static final int TRIGGER = 32;
    /** The flags that say what to do. */
    public static final int ACTION = MASK | UNMASK | TRIGGER;

    private IrqSet() {}

    /** Bytes of the payload, as the client says. */
    public static long argsz(MemorySegment message, long at) {
        return Fields.u32(message, at);
    }

    /** One of {@link #DATA}, one of {@link #ACTION}, or nonsense. */
    public static int flags(MemorySegment message, long at) {
        return Fields.s32(message, at + 4);
    }

    /** Interrupt type: {@link Irq}, or not. */
    public static int index(MemorySegment message, long at) {
        return Fields.s32(message, at + 8);
    }

    /** First interrupt. */
    public static long start(MemorySegment message, long at) {
        return Fields.u32(message, at + 12);
    }

    /** Number of interrupts. */
    public static long count(MemorySegment message, long at) {
        return Fields.u32(message, at + 16);
    }

    /** Whether the byte of the nth interrupt of the range is set. */
    public static boolean isSet(MemorySegment message, long at, int nth) {
        return message.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at + BYTES + nth) != 0;
    }

    /** Writes it, without data. */
    public static void set(
            MemorySegment message, long at, int dataBytes, int flags, int index, long start, long count) {
        Fields.setU32(message, at, BYTES + (long) dataBytes);
        Fields.setU32(message, at + 4, flags);
        Fields.setU32(message, at + 8, index);
        Fields.setU32(message, at + 12, start);
        Fields.setU32(message, at + 16, count);
    }
}
