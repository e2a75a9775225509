package io.erdma.verbs.memory;

import io.erdma.core.hal.PciFunction;
import io.erdma.hw.Mtt;
import java.util.Optional;

/**
 * The page addresses of an MR or of a queue's buffer: in the command itself, or in tables (kernel: {@code erdma_create_mtt}, {@code erdma_fill_bottom_mtt}).
 * Complete when made; it does not change.
 */
public final class PageList implements AutoCloseable {
    private static final int LEVEL_IN_COMMAND = 0;

    private final int pageShift;
    private final long[] inCommand;
    private final Optional<TableTree> tables;

    private PageList(int pageShift, long[] inCommand, Optional<TableTree> tables) {
        this.pageShift = pageShift;
        this.inCommand = inCommand;
        this.tables = tables;
    }

    /** Where a list may lie. */
    public enum Placement {
        /** In the command if it holds all pages; else one contiguous table. */
        CONTIGUOUS,
        /** In the command if it holds all pages; else a tree of table pages. */
        SCATTERED,
        /** One contiguous table, whatever its size. */
        CONTIGUOUS_TABLE,
        /** A tree of table pages, whatever its size. */
        SCATTERED_TABLE;

        private boolean scattered() {
            return this == SCATTERED || this == SCATTERED_TABLE;
        }

        private boolean tableOnly() {
            return this == CONTIGUOUS_TABLE || this == SCATTERED_TABLE;
        }
    }

    /**
     * Lists the pages of memory. ENOMEM, with nothing held.
     *
     * @param pageShift log2 of a page size that fits, see {@link DmaRuns#bestPageShift}
     * @param inCommandMax how many addresses the command holds, up to {@link Mtt#INLINE_ENTRIES}
     */
    public static PageList of(PciFunction function, DmaRuns runs, int pageShift, int inCommandMax,
            Placement placement) {
        long count = runs.pageCount(pageShift);
        if (count <= inCommandMax && !placement.tableOnly()) {
            long[] addresses = new long[(int) count];
            runs.forEachPage(pageShift, (index, address) -> addresses[(int) index] = address);
            return new PageList(pageShift, addresses, Optional.empty());
        }
        TableTree tables = placement.scattered()
                ? TableTree.scattered(function, count)
                : TableTree.contiguous(function, count);
        runs.forEachPage(pageShift, tables::set);
        return new PageList(pageShift, new long[0], Optional.of(tables));
    }

    /** log2 of the page size. */
    public int pageShift() {
        return pageShift;
    }

    /** 0: in the command; 1–3: levels of tables. */
    public int level() {
        return tables.map(TableTree::level).orElse(LEVEL_IN_COMMAND);
    }

    /** How many pages there are. */
    public long entries() {
        return tables.map(TableTree::entries).orElse((long) inCommand.length);
    }

    /** Level 0: the address of page {@code index}. */
    public long inCommand(int index) {
        return inCommand[index];
    }

    /** Level 1–3: where the (top) table is; level 0: the first page. */
    public long address() {
        return tables.map(TableTree::rootAddress).orElseGet(() -> inCommand[0]);
    }

    /** Frees the tables. Idempotent. */
    @Override
    public void close() {
        tables.ifPresent(TableTree::close);
    }
}
