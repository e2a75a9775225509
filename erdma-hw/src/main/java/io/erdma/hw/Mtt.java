package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Memory translation tables: 8-byte page addresses in a row, 8-byte aligned.
 *
 * <pre>
 * level 0     1 … 4 addresses in the command itself (CREATE_CQ: one)
 * level 1     one contiguous table
 * level 2, 3  pages of 512 addresses of the next lower tables
 * </pre>
 *
 * Data sheet: §5.1.
 */
public final class Mtt {
    /** log2 of an entry. */
    public static final int ENTRY_SHIFT = 3;
    /** Bytes of an entry. */
    public static final int ENTRY_BYTES = 1 << ENTRY_SHIFT;
    /** log2 of the entries of a table page. */
    public static final int PAGE_ENTRIES_SHIFT = PciIds.PAGE_SHIFT - ENTRY_SHIFT;
    /** Entries of a table page. */
    public static final int PAGE_ENTRIES = 1 << PAGE_ENTRIES_SHIFT;
    /** Entries that a command or a REG_MR work request holds itself. */
    public static final int INLINE_ENTRIES = 4;
    /** Highest level. */
    public static final int MAX_LEVEL = 3;

    private Mtt() {}

    /** Entry {@code index} of the table that starts at an offset: a page's DMA address. */
    public static long entry(MemorySegment segment, long offset, int index) {
        return Words.le64(segment, offset + ((long) index << ENTRY_SHIFT));
    }

    /** Sets an entry. */
    public static void setEntry(MemorySegment segment, long offset, int index, long address) {
        Words.setLe64(segment, offset + ((long) index << ENTRY_SHIFT), address);
    }
}
