package io.erdma.hw.cmd;

import io.erdma.hw.Mtt;
import io.erdma.hw.PciIds;
import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Request REG_MR. {@code STag = index << 8 | key}.
 *
 * <pre>
 *  8 cfg0: 31 valid, 30:28 version, 27:20 key, 19:0 MPT index
 * 12 cfg1: 31:12 PD, 7:6 type, 5:1 rights ({@link io.erdma.hw.AccessRights})
 * 16 start address (64)
 * 24 length, low 32 bits
 * 28 cfg2: 31:27 log2 page size (12 … 30), 26:24 log2(MTT page size) − 12, 21:20 MTT level, 19:0 MTT entries, low 20 bits
 * 32 level 0: up to 4 page addresses; level 1 – 3: address of the (top) table
 * 40 version 1: length bits 63:32
 * 44 version 1: MTT entries >> 20
 * </pre>
 *
 * Entry k maps the virtual addresses from {@code alignDown(start, page) + k · page}. Fast-register MR: valid = 0, 4096-byte pages,
 * level 1, entries = the capacity, start and length garbage. DMA MR: valid = 0 and usable at once; only index, key, PD, type and rights
 * count. The two high fields are taken from version 1 at every level ≥ 1. Data sheet: §5.1, command 8.
 */
public final class RegMr {
    /** {@link #version}: 32 bits of length, 20 of entries. */
    public static final int VERSION_NARROW = 0;
    /** {@link #version}: at level ≥ 1, 64 bits of length, 52 of entries. */
    public static final int VERSION_WIDE = 1;
    /** {@link #type}: normal. */
    public static final int TYPE_NORMAL = 0;
    /** {@link #type}: to be made valid by a work request. */
    public static final int TYPE_FAST_REGISTER = 1;
    /** {@link #type}: all memory. */
    public static final int TYPE_DMA = 2;
    /** log2 of the page size that a DMA MR states. */
    public static final int DMA_PAGE_SHIFT = 31;
    /** Bits of the MTT entries in the narrow form. */
    public static final int NARROW_ENTRY_BITS = 20;

    private static final WordField VALID = WordField.of(8, 31, 31);
    private static final WordField VERSION = WordField.of(8, 30, 28);
    private static final WordField KEY = WordField.of(8, 27, 20);
    private static final WordField MPT_INDEX = WordField.of(8, 19, 0);
    private static final WordField PD = WordField.of(12, 31, 12);
    private static final WordField TYPE = WordField.of(12, 7, 6);
    private static final WordField RIGHTS = WordField.of(12, 5, 1);
    private static final long START_ADDRESS = 16;
    private static final WordField LENGTH_LOW = WordField.of(24, 31, 0);
    private static final WordField PAGE_SHIFT = WordField.of(28, 31, 27);
    private static final WordField MTT_PAGE_SHIFT = WordField.of(28, 26, 24);
    private static final WordField MTT_LEVEL = WordField.of(28, 21, 20);
    private static final WordField MTT_ENTRIES_LOW = WordField.of(28, 19, 0);
    private static final WordField LENGTH_HIGH = WordField.of(40, 31, 0);
    private static final WordField MTT_ENTRIES_HIGH = WordField.of(44, 31, 0);
    private static final long PAGES = 32;

    private RegMr() {}

    /** Whether the MR may be used at once; 0 for fast-register and DMA MRs. */
    public static boolean valid(MemorySegment command, long offset) {
        return VALID.isSet(command, offset);
    }

    /** Sets {@link #valid}. */
    public static void setValid(MemorySegment command, long offset, boolean valid) {
        VALID.set(command, offset, valid);
    }

    /** {@link #VERSION_NARROW} or {@link #VERSION_WIDE}. */
    public static int version(MemorySegment command, long offset) {
        return VERSION.get(command, offset);
    }

    /** Sets {@link #version}, or EINVAL if it does not fit. */
    public static void setVersion(MemorySegment command, long offset, int version) {
        VERSION.set(command, offset, version);
    }

    /** Low 8 bits of the STag. */
    public static int key(MemorySegment command, long offset) {
        return KEY.get(command, offset);
    }

    /** Sets {@link #key}, or EINVAL if it does not fit. */
    public static void setKey(MemorySegment command, long offset, int key) {
        KEY.set(command, offset, key);
    }

    /** STag >> 8, 20 bits. */
    public static int mptIndex(MemorySegment command, long offset) {
        return MPT_INDEX.get(command, offset);
    }

    /** Sets {@link #mptIndex}, or EINVAL if it does not fit. */
    public static void setMptIndex(MemorySegment command, long offset, int mptIndex) {
        MPT_INDEX.set(command, offset, mptIndex);
    }

    /** Protection domain, 20 bits. */
    public static int pd(MemorySegment command, long offset) {
        return PD.get(command, offset);
    }

    /** Sets {@link #pd}, or EINVAL if it does not fit. */
    public static void setPd(MemorySegment command, long offset, int pd) {
        PD.set(command, offset, pd);
    }

    /** {@link #TYPE_NORMAL}, {@link #TYPE_FAST_REGISTER} or {@link #TYPE_DMA}. */
    public static int type(MemorySegment command, long offset) {
        return TYPE.get(command, offset);
    }

    /** Sets {@link #type}, or EINVAL if it does not fit. */
    public static void setType(MemorySegment command, long offset, int type) {
        TYPE.set(command, offset, type);
    }

    /** {@link io.erdma.hw.AccessRights} bits. */
    public static int rights(MemorySegment command, long offset) {
        return RIGHTS.get(command, offset);
    }

    /** Sets {@link #rights}, or EINVAL if it does not fit. */
    public static void setRights(MemorySegment command, long offset, int rights) {
        RIGHTS.set(command, offset, rights);
    }

    /** First virtual address. */
    public static long startAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + START_ADDRESS);
    }

    /** Sets {@link #startAddress}. */
    public static void setStartAddress(MemorySegment command, long offset, long startAddress) {
        Words.setLe64(command, offset + START_ADDRESS, startAddress);
    }

    /** Length in bytes, low 32 bits. */
    public static long lengthLow(MemorySegment command, long offset) {
        return LENGTH_LOW.getUnsigned(command, offset);
    }

    /** Sets {@link #lengthLow}, or EINVAL if it does not fit. */
    public static void setLengthLow(MemorySegment command, long offset, long lengthLow) {
        LENGTH_LOW.setUnsigned(command, offset, lengthLow);
    }

    /** log2 of the page size, 5 bits; 12 … 30 are legal but for a DMA MR. */
    public static int pageShift(MemorySegment command, long offset) {
        return PAGE_SHIFT.get(command, offset);
    }

    /** Sets {@link #pageShift}, or EINVAL if it does not fit. */
    public static void setPageShift(MemorySegment command, long offset, int pageShift) {
        PAGE_SHIFT.set(command, offset, pageShift);
    }

    /** log2 of the size of a table's pages, 12 … 19. */
    public static int mttPageShift(MemorySegment command, long offset) {
        return MTT_PAGE_SHIFT.get(command, offset) + PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #mttPageShift}, or EINVAL if it does not fit. */
    public static void setMttPageShift(MemorySegment command, long offset, int mttPageShift) {
        MTT_PAGE_SHIFT.set(command, offset, Checks.pageShift(MTT_PAGE_SHIFT, mttPageShift));
    }

    /** 0: addresses in the command; 1: one table; 2, 3: a tree of table pages. */
    public static int mttLevel(MemorySegment command, long offset) {
        return MTT_LEVEL.get(command, offset);
    }

    /** Sets {@link #mttLevel}, or EINVAL if it does not fit. */
    public static void setMttLevel(MemorySegment command, long offset, int mttLevel) {
        MTT_LEVEL.set(command, offset, mttLevel);
    }

    /** Page addresses, low 20 bits. */
    public static int mttEntriesLow(MemorySegment command, long offset) {
        return MTT_ENTRIES_LOW.get(command, offset);
    }

    /** Sets {@link #mttEntriesLow}, or EINVAL if it does not fit. */
    public static void setMttEntriesLow(MemorySegment command, long offset, int mttEntriesLow) {
        MTT_ENTRIES_LOW.set(command, offset, mttEntriesLow);
    }

    /** Length, high 32 bits; meaningful if {@link #wide}. */
    public static long lengthHigh(MemorySegment command, long offset) {
        return LENGTH_HIGH.getUnsigned(command, offset);
    }

    /** Sets {@link #lengthHigh}, or EINVAL if it does not fit. */
    public static void setLengthHigh(MemorySegment command, long offset, long lengthHigh) {
        LENGTH_HIGH.setUnsigned(command, offset, lengthHigh);
    }

    /** Page addresses >> 20; meaningful if {@link #wide}. */
    public static int mttEntriesHigh(MemorySegment command, long offset) {
        return MTT_ENTRIES_HIGH.get(command, offset);
    }

    /** Sets {@link #mttEntriesHigh}. */
    public static void setMttEntriesHigh(MemorySegment command, long offset, int mttEntriesHigh) {
        MTT_ENTRIES_HIGH.set(command, offset, mttEntriesHigh);
    }

    /** Page {@code index}, 0 … 3, at level 0. */
    public static long page(MemorySegment command, long offset, int index) {
        return Mtt.entry(command, offset + PAGES, Objects.checkIndex(index, Mtt.INLINE_ENTRIES));
    }

    /** Sets {@link #page}. */
    public static void setPage(MemorySegment command, long offset, int index, long address) {
        Mtt.setEntry(command, offset + PAGES, Objects.checkIndex(index, Mtt.INLINE_ENTRIES), address);
    }

    /** DMA address of the (top) table, at level ≥ 1; in the place of page 0. */
    public static long tableAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + PAGES);
    }

    /** Sets {@link #tableAddress}. */
    public static void setTableAddress(MemorySegment command, long offset, long tableAddress) {
        Words.setLe64(command, offset + PAGES, tableAddress);
    }

    /** Whether the two high fields count: version 1 at level ≥ 1; at level 0 pages lie in their place. */
    public static boolean wide(MemorySegment command, long offset) {
        return version(command, offset) == VERSION_WIDE && mttLevel(command, offset) != 0;
    }

    /** The whole length in bytes, unsigned: with the high bits if {@link #wide}. */
    public static long length(MemorySegment command, long offset) {
        long low = lengthLow(command, offset);
        return wide(command, offset) ? lengthHigh(command, offset) << 32 | low : low;
    }

    /** The whole number of page addresses: with the high bits if {@link #wide}. */
    public static long mttEntries(MemorySegment command, long offset) {
        long low = mttEntriesLow(command, offset);
        return wide(command, offset)
                ? Integer.toUnsignedLong(mttEntriesHigh(command, offset)) << NARROW_ENTRY_BITS | low
                : low;
    }
}
