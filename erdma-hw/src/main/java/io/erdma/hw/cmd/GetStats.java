package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request GET_STATS: the device writes a {@link StatsBlock} to the target.
 *
 * <pre>
 * 12 index, not set by Linux
 * 16 target address (64)
 * 24 target length
 * </pre>
 *
 * Data sheet: §5.2, command 4.
 */
public final class GetStats {
    /** Length that the driver gives. */
    public static final int TARGET_BYTES = 256;

    private static final WordField INDEX = WordField.of(12, 31, 0);
    private static final long TARGET_ADDRESS = 16;
    private static final WordField TARGET_LENGTH = WordField.of(24, 31, 0);

    private GetStats() {}

    /** Index; to be ignored. */
    public static int index(MemorySegment command, long offset) {
        return INDEX.get(command, offset);
    }

    /** Sets {@link #index}. */
    public static void setIndex(MemorySegment command, long offset, int index) {
        INDEX.set(command, offset, index);
    }

    /** DMA address of the target. */
    public static long targetAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + TARGET_ADDRESS);
    }

    /** Sets {@link #targetAddress}. */
    public static void setTargetAddress(MemorySegment command, long offset, long targetAddress) {
        Words.setLe64(command, offset + TARGET_ADDRESS, targetAddress);
    }

    /** Length of the target in bytes. */
    public static long targetLength(MemorySegment command, long offset) {
        return TARGET_LENGTH.getUnsigned(command, offset);
    }

    /** Sets {@link #targetLength}, or EINVAL if it does not fit. */
    public static void setTargetLength(MemorySegment command, long offset, long targetLength) {
        TARGET_LENGTH.setUnsigned(command, offset, targetLength);
    }
}
