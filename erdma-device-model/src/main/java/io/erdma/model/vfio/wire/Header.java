package io.erdma.model.vfio.wire;

import java.lang.foreign.MemorySegment;

/**
 * What every message begins with.
 *
 * <pre>
 *  0  message id, 16 bits, echoed in the reply
 *  2  command, 16 bits: {@link Command}
 *  4  size in bytes, with this header
 *  8  flags: 3:0 type, 4 no reply, 5 error
 * 12  errno of an error reply
 * </pre>
 */
public final class Header {
    /** Its length. */
    public static final int BYTES = 16;
    /** Largest message id. */
    public static final int MAX_ID = 0xFFFF;
    /** Type of a command. */
    public static final int TYPE_COMMAND = 0;
    /** Type of a reply. */
    public static final int TYPE_REPLY = 1;

    private static final int TYPE_MASK = 0xF;
    private static final int NO_REPLY = 1 << 4;
    private static final int ERROR = 1 << 5;

    private Header() {}

    /** Message id. */
    public static int id(MemorySegment message, long at) {
        return Fields.u16(message, at);
    }

    /** Command number; one of {@link Command}, or not. */
    public static int command(MemorySegment message, long at) {
        return Fields.u16(message, at + 2);
    }

    /** Bytes of the message, with this header. */
    public static long size(MemorySegment message, long at) {
        return Fields.u32(message, at + 4);
    }

    /** {@link #TYPE_COMMAND}, {@link #TYPE_REPLY}, or something else. */
    public static int type(MemorySegment message, long at) {
        return Fields.s32(message, at + 8) & TYPE_MASK;
    }

    /** Whether a command wants no reply. */
    public static boolean noReply(MemorySegment message, long at) {
        return (Fields.s32(message, at + 8) & NO_REPLY) != 0;
    }

    /** Whether a reply tells of an error. */
    public static boolean isError(MemorySegment message, long at) {
        return (Fields.s32(message, at + 8) & ERROR) != 0;
    }

    /** The errno of an error reply. */
    public static int errno(MemorySegment message, long at) {
        return Fields.s32(message, at + 12);
    }

    /** Writes the header of a command. */
    public static void command(MemorySegment message, long at, int id, int command, long size, boolean noReply) {
        set(message, at, id, command, size, TYPE_COMMAND | (noReply ? NO_REPLY : 0), 0);
    }

    /** Writes the header of a reply. */
    public static void reply(MemorySegment message, long at, int id, int command, long size) {
        set(message, at, id, command, size, TYPE_REPLY, 0);
    }

    /** Writes a reply that tells of an error: a header and no more. */
    public static void error(MemorySegment message, long at, int id, int command, int errno) {
        set(message, at, id, command, BYTES, TYPE_REPLY | ERROR, errno);
    }

    private static void set(MemorySegment message, long at, int id, int command, long size, int flags, int errno) {
        Fields.setU16(message, at, id);
        Fields.setU16(message, at + 2, command);
        Fields.setU32(message, at + 4, size);
        Fields.setU32(message, at + 8, flags);
        Fields.setU32(message, at + 12, errno);
    }
}
