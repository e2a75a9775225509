package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request DESTROY_AH; since Linux 7.3.
 *
 * <pre>
 *  8 PD
 * 12 AH number
 * </pre>
 *
 * Data sheet: §5.1, command 16.
 */
public final class DestroyAh {
    private static final WordField PD = WordField.of(8, 31, 0);
    private static final WordField AH = WordField.of(12, 31, 0);

    private DestroyAh() {}

    /** Protection domain. */
    public static int pd(MemorySegment command, long offset) {
        return PD.get(command, offset);
    }

    /** Sets {@link #pd}. */
    public static void setPd(MemorySegment command, long offset, int pd) {
        PD.set(command, offset, pd);
    }

    /** Number of the address handle. */
    public static int ah(MemorySegment command, long offset) {
        return AH.get(command, offset);
    }

    /** Sets {@link #ah}. */
    public static void setAh(MemorySegment command, long offset, int ah) {
        AH.set(command, offset, ah);
    }
}
