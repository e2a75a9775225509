package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of REG_MR, which gives a fast-register MR its address, length, rights and key and makes it valid.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 address (64): the first byte, not the page
 * 16 length
 * 20 STag: index of the MR, the low 8 bits the new key
 * 24 attributes: 31:12 MTT entries, 7:6 where they are, 5:1 rights ({@link AccessRights})
 * 28 –
 * 32 up to 4 page addresses ({@link Mtt}), if they are inline
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeRegMr {
    /** Where inline page addresses begin: the second WQEBB. */
    public static final int PAGES_OFFSET = 32;
    /** {@link #mttType}: 1 … 4 entries follow inline. */
    public static final int MTT_INLINE = 0;
    /** {@link #mttType}: the entries are in the table that the REG_MR command named. */
    public static final int MTT_TABLE = 1;

    private static final long ADDRESS = 8;
    private static final long LENGTH = 16;
    private static final long STAG = 20;
    private static final long ATTRIBUTES = 24;

    private static final BitField MTT_ENTRIES = BitField.of(31, 12);
    private static final BitField MTT_TYPE = BitField.of(7, 6);
    private static final BitField RIGHTS = BitField.of(5, 1);

    private SqeRegMr() {}

    /** First address of the region. */
    public static long address(MemorySegment sqe, long offset) {
        return Words.le64(sqe, offset + ADDRESS);
    }

    /** Sets the first address of the region. */
    public static void setAddress(MemorySegment sqe, long offset, long address) {
        Words.setLe64(sqe, offset + ADDRESS, address);
    }

    /** Length of the region in bytes. */
    public static long length(MemorySegment sqe, long offset) {
        return Words.unsignedLe32(sqe, offset + LENGTH);
    }

    /** Sets the length of the region. */
    public static void setLength(MemorySegment sqe, long offset, long length) {
        Words.setLe32(sqe, offset + LENGTH, (int) length);
    }

    /** STag: which MR, with its new key. */
    public static int stag(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + STAG);
    }

    /** Sets the STag. */
    public static void setStag(MemorySegment sqe, long offset, int stag) {
        Words.setLe32(sqe, offset + STAG, stag);
    }

    /** Page addresses of the region, 20 bits. */
    public static int mttEntries(MemorySegment sqe, long offset) {
        return MTT_ENTRIES.getInt(Words.le32(sqe, offset + ATTRIBUTES));
    }

    /** {@link #MTT_INLINE} or {@link #MTT_TABLE}. */
    public static int mttType(MemorySegment sqe, long offset) {
        return MTT_TYPE.getInt(Words.le32(sqe, offset + ATTRIBUTES));
    }

    /** {@link AccessRights} bits. */
    public static int rights(MemorySegment sqe, long offset) {
        return RIGHTS.getInt(Words.le32(sqe, offset + ATTRIBUTES));
    }

    /** Sets the attributes, all at once. */
    public static void setAttributes(MemorySegment sqe, long offset, int mttEntries, int mttType, int rights) {
        Words.setLe32(sqe, offset + ATTRIBUTES,
                (int) (MTT_ENTRIES.place(mttEntries) | MTT_TYPE.place(mttType) | RIGHTS.place(rights)));
    }
}
