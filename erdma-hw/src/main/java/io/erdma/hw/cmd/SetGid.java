package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request SET_GID; since Linux 7.3.
 *
 * <pre>
 *  8 cfg: 31 delete, 16 IPv6, 15:0 index
 * 12 GID (16), garbage with delete
 * </pre>
 *
 * Data sheet: §5.1, command 14.
 */
public final class SetGid {
    private static final WordField DELETE = WordField.of(8, 31, 31);
    private static final WordField IPV6 = WordField.of(8, 16, 16);
    private static final WordField INDEX = WordField.of(8, 15, 0);
    private static final long GID_HIGH = 12;
    private static final long GID_LOW = 20;

    private SetGid() {}

    /** Whether the entry is removed. */
    public static boolean delete(MemorySegment command, long offset) {
        return DELETE.isSet(command, offset);
    }

    /** Sets {@link #delete}. */
    public static void setDelete(MemorySegment command, long offset, boolean delete) {
        DELETE.set(command, offset, delete);
    }

    /** Whether the GID is an IPv6 address. */
    public static boolean ipv6(MemorySegment command, long offset) {
        return IPV6.isSet(command, offset);
    }

    /** Sets {@link #ipv6}. */
    public static void setIpv6(MemorySegment command, long offset, boolean ipv6) {
        IPV6.set(command, offset, ipv6);
    }

    /** Index in the GID table. */
    public static int index(MemorySegment command, long offset) {
        return INDEX.get(command, offset);
    }

    /** Sets {@link #index}, or EINVAL if it does not fit. */
    public static void setIndex(MemorySegment command, long offset, int index) {
        INDEX.set(command, offset, index);
    }

    /** First 8 bytes of the GID as a number, most significant first. */
    public static long gidHigh(MemorySegment command, long offset) {
        return Words.be64(command, offset + GID_HIGH);
    }

    /** Sets {@link #gidHigh}. */
    public static void setGidHigh(MemorySegment command, long offset, long gidHigh) {
        Words.setBe64(command, offset + GID_HIGH, gidHigh);
    }

    /** Last 8 bytes of the GID as a number, most significant first. */
    public static long gidLow(MemorySegment command, long offset) {
        return Words.be64(command, offset + GID_LOW);
    }

    /** Sets {@link #gidLow}. */
    public static void setGidLow(MemorySegment command, long offset, long gidLow) {
        Words.setBe64(command, offset + GID_LOW, gidLow);
    }
}
