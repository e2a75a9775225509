package io.erdma.hw.cmd;

import io.erdma.hw.PciIds;
import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request CREATE_CQ, 40 bytes.
 *
 * <pre>
 *  8 cfg0: 31:24 log2 depth, 23:20 log2(page size) − 12, 19:0 CQN
 * 12 buffer address, low; 16 high
 * 20 cfg1: 31:16 MTT entries, 15 level, 11 extended-doorbell flag, 9:0 EQN
 * 24 doorbell-record address (64)
 * 32 offset in the first page in bytes
 * 36 cfg2: 15:0 CQ doorbell page, only with the flag
 * </pre>
 *
 * Level 0 means exactly one page; from two pages on the address is that of a table, unlike QPs. Kernel CQ: level 0, one entry, page size
 * 32 MiB, offset 0, contiguous and not aligned to it. Data sheet: §5.1, command 4.
 */
public final class CreateCq {
    /** Bytes of the command. */
    public static final int BYTES = 40;

    private static final WordField LOG2_DEPTH = WordField.of(8, 31, 24);
    private static final WordField PAGE_SHIFT = WordField.of(8, 23, 20);
    private static final WordField CQN = WordField.of(8, 19, 0);
    private static final long BUFFER_ADDRESS = 12;
    private static final WordField MTT_ENTRIES = WordField.of(20, 31, 16);
    private static final WordField MTT_LEVEL = WordField.of(20, 15, 15);
    private static final WordField EXTENDED_DOORBELL = WordField.of(20, 11, 11);
    private static final WordField EQN = WordField.of(20, 9, 0);
    private static final long DOORBELL_RECORD = 24;
    private static final WordField PAGE_OFFSET = WordField.of(32, 31, 0);
    private static final WordField DOORBELL_PAGE = WordField.of(36, 15, 0);

    private CreateCq() {}

    /** log2 of the entries, 8 bits. */
    public static int log2Depth(MemorySegment command, long offset) {
        return LOG2_DEPTH.get(command, offset);
    }

    /** Sets {@link #log2Depth}, or EINVAL if it does not fit. */
    public static void setLog2Depth(MemorySegment command, long offset, int log2Depth) {
        LOG2_DEPTH.set(command, offset, log2Depth);
    }

    /** log2 of the page size, 12 … 27. */
    public static int pageShift(MemorySegment command, long offset) {
        return PAGE_SHIFT.get(command, offset) + PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #pageShift}, or EINVAL if it does not fit. */
    public static void setPageShift(MemorySegment command, long offset, int pageShift) {
        PAGE_SHIFT.set(command, offset, Checks.pageShift(PAGE_SHIFT, pageShift));
    }

    /** CQN, 20 bits. */
    public static int cqn(MemorySegment command, long offset) {
        return CQN.get(command, offset);
    }

    /** Sets {@link #cqn}, or EINVAL if it does not fit. */
    public static void setCqn(MemorySegment command, long offset, int cqn) {
        CQN.set(command, offset, cqn);
    }

    /** DMA address of the page (level 0) or table (level 1). */
    public static long bufferAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + BUFFER_ADDRESS);
    }

    /** Sets {@link #bufferAddress}. */
    public static void setBufferAddress(MemorySegment command, long offset, long bufferAddress) {
        Words.setLe64(command, offset + BUFFER_ADDRESS, bufferAddress);
    }

    /** Pages, 16 bits. */
    public static int mttEntries(MemorySegment command, long offset) {
        return MTT_ENTRIES.get(command, offset);
    }

    /** Sets {@link #mttEntries}, or EINVAL if it does not fit. */
    public static void setMttEntries(MemorySegment command, long offset, int mttEntries) {
        MTT_ENTRIES.set(command, offset, mttEntries);
    }

    /** 0: one page; 1: a table. */
    public static int mttLevel(MemorySegment command, long offset) {
        return MTT_LEVEL.get(command, offset);
    }

    /** Sets {@link #mttLevel}, or EINVAL if it does not fit. */
    public static void setMttLevel(MemorySegment command, long offset, int mttLevel) {
        MTT_LEVEL.set(command, offset, mttLevel);
    }

    /** Whether the doorbell page is given. */
    public static boolean extendedDoorbell(MemorySegment command, long offset) {
        return EXTENDED_DOORBELL.isSet(command, offset);
    }

    /** Sets {@link #extendedDoorbell}. */
    public static void setExtendedDoorbell(MemorySegment command, long offset, boolean extendedDoorbell) {
        EXTENDED_DOORBELL.set(command, offset, extendedDoorbell);
    }

    /** Completion EQ, 10 bits: vector + 1. */
    public static int eqn(MemorySegment command, long offset) {
        return EQN.get(command, offset);
    }

    /** Sets {@link #eqn}, or EINVAL if it does not fit. */
    public static void setEqn(MemorySegment command, long offset, int eqn) {
        EQN.set(command, offset, eqn);
    }

    /** DMA address of the doorbell record. */
    public static long doorbellRecord(MemorySegment command, long offset) {
        return Words.le64(command, offset + DOORBELL_RECORD);
    }

    /** Sets {@link #doorbellRecord}. */
    public static void setDoorbellRecord(MemorySegment command, long offset, long doorbellRecord) {
        Words.setLe64(command, offset + DOORBELL_RECORD, doorbellRecord);
    }

    /** Where the ring begins in its first page, in bytes. */
    public static long pageOffset(MemorySegment command, long offset) {
        return PAGE_OFFSET.getUnsigned(command, offset);
    }

    /** Sets {@link #pageOffset}, or EINVAL if it does not fit. */
    public static void setPageOffset(MemorySegment command, long offset, long pageOffset) {
        PAGE_OFFSET.setUnsigned(command, offset, pageOffset);
    }

    /** Page of CQ doorbells; garbage without {@link #extendedDoorbell}. */
    public static int doorbellPage(MemorySegment command, long offset) {
        return DOORBELL_PAGE.get(command, offset);
    }

    /** Sets {@link #doorbellPage}, or EINVAL if it does not fit. */
    public static void setDoorbellPage(MemorySegment command, long offset, int doorbellPage) {
        DOORBELL_PAGE.set(command, offset, doorbellPage);
    }
}
