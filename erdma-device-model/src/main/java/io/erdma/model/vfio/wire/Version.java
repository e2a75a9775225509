package io.erdma.model.vfio.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Payload of VERSION and of its reply.
 *
 * <pre>
 *  0  major, 16 bits
 *  2  minor, 16 bits
 *  4  capabilities: JSON, ended by a zero byte; may be missing
 * </pre>
 */
public final class Version {
    /** Its length, without capabilities. */
    public static final int BYTES = 4;

    private Version() {}

    /** Major version. */
    public static int major(MemorySegment message, long at) {
        return Fields.u16(message, at);
    }

    /** Minor version. */
    public static int minor(MemorySegment message, long at) {
        return Fields.u16(message, at + 2);
    }

    /** Whether the capabilities of a payload of so many bytes are missing, or end with a zero byte. */
    public static boolean isTerminated(MemorySegment message, long at, long bytes) {
        return bytes == BYTES || message.get(ValueLayout.JAVA_BYTE, at + bytes - 1) == 0;
    }

    /** The capabilities' text; empty if there is none. The payload is {@linkplain #isTerminated terminated}. */
    public static String capabilities(MemorySegment message, long at, long bytes) {
        return bytes == BYTES ? "" : message.getString(at + BYTES, UTF_8);
    }

    /** Writes it; returns its length. */
    public static int set(MemorySegment message, long at, int major, int minor, String capabilities) {
        Fields.setU16(message, at, major);
        Fields.setU16(message, at + 2, minor);
        byte[] text = capabilities.getBytes(UTF_8);
        MemorySegment.copy(text, 0, message, ValueLayout.JAVA_BYTE, at + BYTES, text.length);
        message.set(ValueLayout.JAVA_BYTE, at + BYTES + text.length, (byte) 0);
        return BYTES + text.length + 1;
    }
}
