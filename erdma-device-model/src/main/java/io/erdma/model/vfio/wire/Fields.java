package io.erdma.model.vfio.wire;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Fields of a message, which may lie anywhere. */
final class Fields {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Fields() {}

    static int u16(MemorySegment message, long at) {
        return message.get(U16, at) & 0xFFFF;
    }

    static void setU16(MemorySegment message, long at, int value) {
        message.set(U16, at, (short) value);
    }

    static int s32(MemorySegment message, long at) {
        return message.get(U32, at);
    }

    static long u32(MemorySegment message, long at) {
        return message.get(U32, at) & 0xFFFF_FFFFL;
    }

    static void setU32(MemorySegment message, long at, long value) {
        message.set(U32, at, (int) value);
    }

    static long u64(MemorySegment message, long at) {
        return message.get(U64, at);
    }

    static void setU64(MemorySegment message, long at, long value) {
        message.set(U64, at, value);
    }
}
