package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.Mtt;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Reads page addresses out of a tenant's translation tables (device-interface §5.1). Inside a ticket. */
final class PageList {
    private PageList() {}

    /**
     * The addresses that a table holds; null if a part of it can't be reached or is not aligned.
     *
     * @param level 1: one contiguous table; 2, 3: pages of 512 addresses of the next lower tables
     * @param count page addresses in all
     */
    static long @Nullable [] read(DmaSpace space, long table, int level, int count) {
        // looked at before: a list that is not there costs no memory
        if (!walk(space, table, level, null, 0, count)) {
            return null;
        }
        long[] pages = new long[count];
        return walk(space, table, level, pages, 0, count) ? pages : null;
    }

    /** Reads a contiguous table into an array; false if it can't be reached. What was read by then stays. */
    static boolean read(DmaSpace space, long table, long[] pages, int count) {
        return copy(space, table, pages, 0, count);
    }

    private static boolean walk(DmaSpace space, long table, int level, long @Nullable [] pages, int from, int count) {
        if (level <= 1) {
            return pages == null
                    ? HostMemory.isReachable(space, table, (long) count << Mtt.ENTRY_SHIFT, false)
                    : copy(space, table, pages, from, count);
        }
        int shift = (level - 1) * Mtt.PAGE_ENTRIES_SHIFT;
        int lowerTables = (int) (((long) count + (1L << shift) - 1) >>> shift);
        long[] lower = new long[lowerTables];
        if (!copy(space, table, lower, 0, lowerTables)) {
            return false;
        }
        int done = 0;
        for (int i = 0; i < lowerTables; i++) {
            int part = (int) Math.min(count - done, 1L << shift);
            if (!walk(space, lower[i], level - 1, pages, from + done, part)) {
                return false;
            }
            done += part;
        }
        return true;
    }

    private static boolean copy(DmaSpace space, long table, long[] target, int from, int count) {
        try {
            return copyEntries(space, table, target, from, count);
        } catch (IllegalStateException e) {
            // the arena of the table's memory is closed
            return false;
        }
    }

    private static boolean copyEntries(DmaSpace space, long table, long[] target, int from, int count) {
        DmaWindow window = DmaWindow.NONE;
        for (int i = 0; i < count;) {
            long address = table + ((long) i << Mtt.ENTRY_SHIFT);
            if (!window.contains(address, Mtt.ENTRY_BYTES)) {
                window = space.find(address, Mtt.ENTRY_BYTES, false);
                if (window == DmaWindow.NONE || !HostMemory.isAligned(window, address, Mtt.ENTRY_BYTES)) {
                    return false;
                }
            }
            if (window.isFar()) {
                int run = (int) Math.min(count - i, (window.base() + window.bytes() - address) >>> Mtt.ENTRY_SHIFT);
                if (!copyFar(window, address, target, from + i, run)) {
                    return false;
                }
                i += run;
            } else {
                target[from + i++] = Mtt.entry(window.segment(), window.offsetOf(address), 0);
            }
        }
        return true;
    }

    private static boolean copyFar(DmaWindow window, long address, long[] target, int from, int count) {
        MemorySegment entries = MemorySegment.ofArray(target);
        if (!window.far().read(address, entries, (long) from << Mtt.ENTRY_SHIFT, (long) count << Mtt.ENTRY_SHIFT)) {
            return false;
        }
        for (int i = from; i < from + count; i++) {
            target[i] = Mtt.entry(entries, 0, i);
        }
        return true;
    }
}
