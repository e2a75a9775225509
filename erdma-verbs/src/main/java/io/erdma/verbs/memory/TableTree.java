package io.erdma.verbs.memory;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.Mtt;
import io.erdma.hw.PciIds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Tables of page addresses in coherent memory: one contiguous table, or a tree of table pages of up to three levels (kernel:
 * {@code erdma_create_cont_mtt}, {@code erdma_create_scatter_mtt}). Entries are written by one thread before a command or request tells the device.
 */
public final class TableTree implements AutoCloseable {
    private final int level;
    private final long entries;
    private final int entriesPerTable;
    private final List<DmaMemory> lowest;
    private final Deque<DmaMemory> all;

    private TableTree(int level, long entries, int entriesPerTable, List<DmaMemory> lowest, Deque<DmaMemory> all) {
        this.level = level;
        this.entries = entries;
        this.entriesPerTable = entriesPerTable;
        this.lowest = lowest;
        this.all = all;
    }

    /** One table of {@code entries} entries, all 0; level 1. ENOMEM, with nothing held. */
    public static TableTree contiguous(PciFunction function, long entries) {
        if (entries > Integer.MAX_VALUE) {
            throw new ErrnoException(Errno.ENOMEM, "no contiguous table of " + entries + " page addresses");
        }
        Deque<DmaMemory> all = new ArrayDeque<>();
        all.push(function.allocateCoherent(entries * Mtt.ENTRY_BYTES, Mtt.ENTRY_BYTES));
        return new TableTree(1, entries, (int) entries, List.copyOf(all), all);
    }

    /** Pages of 512 entries, and tables of these pages up to level 3. ENOMEM, with nothing held: also for more entries than three levels hold. */
    public static TableTree scattered(PciFunction function, long entries) {
        long lowestTables = tablesFor(entries);
        if (lowestTables > (long) Mtt.PAGE_ENTRIES * Mtt.PAGE_ENTRIES) {
            throw new ErrnoException(Errno.ENOMEM, "three levels of tables don't hold " + entries + " page addresses");
        }
        Deque<DmaMemory> all = new ArrayDeque<>();
        try {
            List<DmaMemory> lowest = pages(function, lowestTables, all);
            int level = 1;
            for (List<DmaMemory> tables = lowest; tables.size() > 1; level++) {
                tables = above(function, tables, all);
            }
            return new TableTree(level, entries, Mtt.PAGE_ENTRIES, lowest, all);
        } catch (RuntimeException e) {
            all.forEach(DmaMemory::close);
            throw e;
        }
    }

    private static long tablesFor(long entries) {
        return (entries + Mtt.PAGE_ENTRIES - 1) >>> Mtt.PAGE_ENTRIES_SHIFT;
    }

    private static List<DmaMemory> pages(PciFunction function, long count, Deque<DmaMemory> all) {
        List<DmaMemory> pages = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            DmaMemory page = function.allocateCoherent(PciIds.PAGE_BYTES, PciIds.PAGE_BYTES);
            all.push(page);
            pages.add(page);
        }
        return pages;
    }

    private static List<DmaMemory> above(PciFunction function, List<DmaMemory> tables, Deque<DmaMemory> all) {
        List<DmaMemory> upper = pages(function, tablesFor(tables.size()), all);
        for (int i = 0; i < tables.size(); i++) {
            Mtt.setEntry(upper.get(i / Mtt.PAGE_ENTRIES).segment(), 0, i % Mtt.PAGE_ENTRIES,
                    tables.get(i).deviceAddress());
        }
        return upper;
    }

    /** Levels of tables, 1–3. */
    public int level() {
        return level;
    }

    /** How many page addresses there are. */
    public long entries() {
        return entries;
    }

    /** Device address of the table, or of the top one. */
    public long rootAddress() {
        return all.getFirst().deviceAddress();
    }

    /** Sets page address {@code index}, 0 … entries − 1. */
    public void set(long index, long pageAddress) {
        Mtt.setEntry(lowest.get((int) (index / entriesPerTable)).segment(), 0, (int) (index % entriesPerTable),
                pageAddress);
    }

    /** Page address {@code index}, 0 … entries − 1. */
    public long get(long index) {
        return Mtt.entry(lowest.get((int) (index / entriesPerTable)).segment(), 0, (int) (index % entriesPerTable));
    }

    /** Frees the tables; the device must have forgotten them. Idempotent. */
    @Override
    public void close() {
        all.forEach(DmaMemory::close);
    }
}
