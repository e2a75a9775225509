package io.erdma.hw.cmd;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.PciIds;
import io.erdma.hw.WordField;
import java.util.Objects;

/** Ranges of values that are more than the bits of one word. */
final class Checks {
    private static final long MAX_16 = 0xFFFFL;
    private static final long MAX_48 = 0xFFFF_FFFF_FFFFL;
    private static final int LATER_PAGES = CreateQp.INLINE_PAGES - 1;

    private Checks() {}

    static int unsigned16(int value) {
        return (int) unsigned(value, MAX_16);
    }

    static long unsigned48(long value) {
        return unsigned(value, MAX_48);
    }

    /** What a field holds for log2 of a page size: the excess over the smallest page. */
    static int pageShift(WordField field, int pageShift) {
        int excess = pageShift - PciIds.PAGE_SHIFT;
        if (!field.bits().fits(excess)) {
            throw new ErrnoException(Errno.EINVAL, "value " + pageShift + " is no page shift from " + PciIds.PAGE_SHIFT
                    + " on that fits " + Long.bitCount(field.bits().mask()) + " bits");
        }
        return excess;
    }

    /** Whole pages of a byte count. */
    static long pages(long bytes) {
        if ((bytes & (PciIds.PAGE_BYTES - 1)) != 0) {
            throw new ErrnoException(Errno.EINVAL,
                    "value " + bytes + " is a page offset that is no multiple of " + PciIds.PAGE_BYTES);
        }
        return bytes >>> PciIds.PAGE_SHIFT;
    }

    /** Place of page 1 … 3 in the array that page 0 is not part of. */
    static int laterPage(int index) {
        return Objects.checkIndex(index - 1, LATER_PAGES);
    }

    private static long unsigned(long value, long max) {
        if ((value & ~max) != 0) {
            throw new ErrnoException(Errno.EINVAL, "value " + value + " is not in 0 … " + max);
        }
        return value;
    }
}
