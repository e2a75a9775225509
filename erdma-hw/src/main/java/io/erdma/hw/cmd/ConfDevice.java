package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request CONF_DEVICE.
 *
 * <pre>
 *  8 cfg: 31 page-size enable, 4:0 host page shift
 * </pre>
 *
 * Data sheet: §5.2, command 5.
 */
public final class ConfDevice {
    private static final WordField PAGE_SHIFT_ENABLE = WordField.of(8, 31, 31);
    private static final WordField PAGE_SHIFT = WordField.of(8, 4, 0);

    private ConfDevice() {}

    /** Whether the page shift is told. */
    public static boolean pageShiftEnable(MemorySegment command, long offset) {
        return PAGE_SHIFT_ENABLE.isSet(command, offset);
    }

    /** Sets {@link #pageShiftEnable}. */
    public static void setPageShiftEnable(MemorySegment command, long offset, boolean pageShiftEnable) {
        PAGE_SHIFT_ENABLE.set(command, offset, pageShiftEnable);
    }

    /** log2 of the host's page, 5 bits. */
    public static int pageShift(MemorySegment command, long offset) {
        return PAGE_SHIFT.get(command, offset);
    }

    /** Sets {@link #pageShift}, or EINVAL if it does not fit. */
    public static void setPageShift(MemorySegment command, long offset, int pageShift) {
        PAGE_SHIFT.set(command, offset, pageShift);
    }
}
