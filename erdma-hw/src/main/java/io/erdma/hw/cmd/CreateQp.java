package io.erdma.hw.cmd;

import io.erdma.hw.Mtt;
import io.erdma.hw.PciIds;
import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request CREATE_QP, 120 bytes.
 *
 * <pre>
 *   8 cfg0: 31:20 log2 SQ depth in WQEBBs, 19:0 QPN
 *  12 cfg1: 31:20 log2 RQ depth, 19:0 PD
 *  16 SQ, 20 RQ: 31:28 log2(page size) − 12, 25 extended-doorbell flag (SQ word only), 23:0 CQN
 *  24 SQ, 32 RQ buffer address: level 0, first page; level 1, address of the MTT
 *  40 SQ, 44 RQ: 31:12 offset in the first page, 11:1 number of MTT entries, 0 level
 *  48 SQ, 56 RQ doorbell-record address
 *  64 SQ, 88 RQ MTT entries 1 … 3 (level 0 with 2 – 4 pages)
 * 112 db_cfg: 31:16 SQ, 15:0 RQ doorbell page; only with the extended-doorbell flag
 * 116 cfg2: 3:0 QP type, since Linux 7.3; before it garbage, so an iWARP function ignores it
 * </pre>
 *
 * The page offset is or-ed into its word as a byte count: {@code word & 0xFFFFF000} is the offset. Up to 4 pages go into the command, 5
 * and more need a table of contiguous 8-byte addresses. Kernel queues: level 0, one entry, offset 0, page size 1 MiB; the address is
 * the start of a contiguous buffer, not aligned to 1 MiB. Response: {@link CreateQpResponse}. Data sheet: §5.1, command 1.
 */
public final class CreateQp {
    /** Bytes of the command. */
    public static final int BYTES = 120;
    /** {@link #qpType}: reliable connection. */
    public static final int TYPE_RC = 0;
    /** {@link #qpType}: unreliable datagram. */
    public static final int TYPE_UD = 1;
    /** Pages that the command itself can hold, for each queue. */
    public static final int INLINE_PAGES = 4;

    private static final WordField LOG2_SQ_DEPTH = WordField.of(8, 31, 20);
    private static final WordField QPN = WordField.of(8, 19, 0);
    private static final WordField LOG2_RQ_DEPTH = WordField.of(12, 31, 20);
    private static final WordField PD = WordField.of(12, 19, 0);
    private static final WordField SQ_PAGE_SHIFT = WordField.of(16, 31, 28);
    private static final WordField EXTENDED_DOORBELL = WordField.of(16, 25, 25);
    private static final WordField SQ_CQN = WordField.of(16, 23, 0);
    private static final WordField RQ_PAGE_SHIFT = WordField.of(20, 31, 28);
    private static final WordField RQ_CQN = WordField.of(20, 23, 0);
    private static final long SQ_BUFFER_ADDRESS = 24;
    private static final long RQ_BUFFER_ADDRESS = 32;
    private static final WordField SQ_MTT_ENTRIES = WordField.of(40, 11, 1);
    private static final WordField SQ_MTT_LEVEL = WordField.of(40, 0, 0);
    private static final WordField RQ_MTT_ENTRIES = WordField.of(44, 11, 1);
    private static final WordField RQ_MTT_LEVEL = WordField.of(44, 0, 0);
    private static final long SQ_DOORBELL_RECORD = 48;
    private static final long RQ_DOORBELL_RECORD = 56;
    private static final WordField SQ_DOORBELL_PAGE = WordField.of(112, 31, 16);
    private static final WordField RQ_DOORBELL_PAGE = WordField.of(112, 15, 0);
    private static final WordField QP_TYPE = WordField.of(116, 3, 0);
    private static final WordField SQ_PAGE_OFFSET = WordField.of(40, 31, 12);
    private static final WordField RQ_PAGE_OFFSET = WordField.of(44, 31, 12);
    private static final long SQ_MTT = 64;
    private static final long RQ_MTT = 88;

    private CreateQp() {}

    /** log2 of the SQ's WQEBBs, 12 bits. */
    public static int log2SqDepth(MemorySegment command, long offset) {
        return LOG2_SQ_DEPTH.get(command, offset);
    }

    /** Sets {@link #log2SqDepth}, or EINVAL if it does not fit. */
    public static void setLog2SqDepth(MemorySegment command, long offset, int log2SqDepth) {
        LOG2_SQ_DEPTH.set(command, offset, log2SqDepth);
    }

    /** QPN, 20 bits. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}, or EINVAL if it does not fit. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }

    /** log2 of the RQ's entries, 12 bits. */
    public static int log2RqDepth(MemorySegment command, long offset) {
        return LOG2_RQ_DEPTH.get(command, offset);
    }

    /** Sets {@link #log2RqDepth}, or EINVAL if it does not fit. */
    public static void setLog2RqDepth(MemorySegment command, long offset, int log2RqDepth) {
        LOG2_RQ_DEPTH.set(command, offset, log2RqDepth);
    }

    /** Protection domain, 20 bits. */
    public static int pd(MemorySegment command, long offset) {
        return PD.get(command, offset);
    }

    /** Sets {@link #pd}, or EINVAL if it does not fit. */
    public static void setPd(MemorySegment command, long offset, int pd) {
        PD.set(command, offset, pd);
    }

    /** log2 of the SQ's page size, 12 … 27. */
    public static int sqPageShift(MemorySegment command, long offset) {
        return SQ_PAGE_SHIFT.get(command, offset) + PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #sqPageShift}, or EINVAL if it does not fit. */
    public static void setSqPageShift(MemorySegment command, long offset, int sqPageShift) {
        SQ_PAGE_SHIFT.set(command, offset, Checks.pageShift(SQ_PAGE_SHIFT, sqPageShift));
    }

    /** Whether the doorbell pages are given. */
    public static boolean extendedDoorbell(MemorySegment command, long offset) {
        return EXTENDED_DOORBELL.isSet(command, offset);
    }

    /** Sets {@link #extendedDoorbell}. */
    public static void setExtendedDoorbell(MemorySegment command, long offset, boolean extendedDoorbell) {
        EXTENDED_DOORBELL.set(command, offset, extendedDoorbell);
    }

    /** CQN of send completions, 24 bits. */
    public static int sqCqn(MemorySegment command, long offset) {
        return SQ_CQN.get(command, offset);
    }

    /** Sets {@link #sqCqn}, or EINVAL if it does not fit. */
    public static void setSqCqn(MemorySegment command, long offset, int sqCqn) {
        SQ_CQN.set(command, offset, sqCqn);
    }

    /** log2 of the RQ's page size, 12 … 27. */
    public static int rqPageShift(MemorySegment command, long offset) {
        return RQ_PAGE_SHIFT.get(command, offset) + PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #rqPageShift}, or EINVAL if it does not fit. */
    public static void setRqPageShift(MemorySegment command, long offset, int rqPageShift) {
        RQ_PAGE_SHIFT.set(command, offset, Checks.pageShift(RQ_PAGE_SHIFT, rqPageShift));
    }

    /** CQN of receive completions, 24 bits. */
    public static int rqCqn(MemorySegment command, long offset) {
        return RQ_CQN.get(command, offset);
    }

    /** Sets {@link #rqCqn}, or EINVAL if it does not fit. */
    public static void setRqCqn(MemorySegment command, long offset, int rqCqn) {
        RQ_CQN.set(command, offset, rqCqn);
    }

    /** DMA address of the SQ's first page (level 0) or table (level 1). */
    public static long sqBufferAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + SQ_BUFFER_ADDRESS);
    }

    /** Sets {@link #sqBufferAddress}. */
    public static void setSqBufferAddress(MemorySegment command, long offset, long sqBufferAddress) {
        Words.setLe64(command, offset + SQ_BUFFER_ADDRESS, sqBufferAddress);
    }

    /** DMA address of the RQ's first page (level 0) or table (level 1). */
    public static long rqBufferAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + RQ_BUFFER_ADDRESS);
    }

    /** Sets {@link #rqBufferAddress}. */
    public static void setRqBufferAddress(MemorySegment command, long offset, long rqBufferAddress) {
        Words.setLe64(command, offset + RQ_BUFFER_ADDRESS, rqBufferAddress);
    }

    /** Pages of the SQ, 11 bits. */
    public static int sqMttEntries(MemorySegment command, long offset) {
        return SQ_MTT_ENTRIES.get(command, offset);
    }

    /** Sets {@link #sqMttEntries}, or EINVAL if it does not fit. */
    public static void setSqMttEntries(MemorySegment command, long offset, int sqMttEntries) {
        SQ_MTT_ENTRIES.set(command, offset, sqMttEntries);
    }

    /** 0: addresses in the command; 1: a table. */
    public static int sqMttLevel(MemorySegment command, long offset) {
        return SQ_MTT_LEVEL.get(command, offset);
    }

    /** Sets {@link #sqMttLevel}, or EINVAL if it does not fit. */
    public static void setSqMttLevel(MemorySegment command, long offset, int sqMttLevel) {
        SQ_MTT_LEVEL.set(command, offset, sqMttLevel);
    }

    /** Pages of the RQ, 11 bits. */
    public static int rqMttEntries(MemorySegment command, long offset) {
        return RQ_MTT_ENTRIES.get(command, offset);
    }

    /** Sets {@link #rqMttEntries}, or EINVAL if it does not fit. */
    public static void setRqMttEntries(MemorySegment command, long offset, int rqMttEntries) {
        RQ_MTT_ENTRIES.set(command, offset, rqMttEntries);
    }

    /** 0: addresses in the command; 1: a table. */
    public static int rqMttLevel(MemorySegment command, long offset) {
        return RQ_MTT_LEVEL.get(command, offset);
    }

    /** Sets {@link #rqMttLevel}, or EINVAL if it does not fit. */
    public static void setRqMttLevel(MemorySegment command, long offset, int rqMttLevel) {
        RQ_MTT_LEVEL.set(command, offset, rqMttLevel);
    }

    /** DMA address of the SQ's doorbell record. */
    public static long sqDoorbellRecord(MemorySegment command, long offset) {
        return Words.le64(command, offset + SQ_DOORBELL_RECORD);
    }

    /** Sets {@link #sqDoorbellRecord}. */
    public static void setSqDoorbellRecord(MemorySegment command, long offset, long sqDoorbellRecord) {
        Words.setLe64(command, offset + SQ_DOORBELL_RECORD, sqDoorbellRecord);
    }

    /** DMA address of the RQ's doorbell record. */
    public static long rqDoorbellRecord(MemorySegment command, long offset) {
        return Words.le64(command, offset + RQ_DOORBELL_RECORD);
    }

    /** Sets {@link #rqDoorbellRecord}. */
    public static void setRqDoorbellRecord(MemorySegment command, long offset, long rqDoorbellRecord) {
        Words.setLe64(command, offset + RQ_DOORBELL_RECORD, rqDoorbellRecord);
    }

    /** Page of SQ doorbells; garbage without {@link #extendedDoorbell}. */
    public static int sqDoorbellPage(MemorySegment command, long offset) {
        return SQ_DOORBELL_PAGE.get(command, offset);
    }

    /** Sets {@link #sqDoorbellPage}, or EINVAL if it does not fit. */
    public static void setSqDoorbellPage(MemorySegment command, long offset, int sqDoorbellPage) {
        SQ_DOORBELL_PAGE.set(command, offset, sqDoorbellPage);
    }

    /** Page of RQ doorbells; garbage without {@link #extendedDoorbell}. */
    public static int rqDoorbellPage(MemorySegment command, long offset) {
        return RQ_DOORBELL_PAGE.get(command, offset);
    }

    /** Sets {@link #rqDoorbellPage}, or EINVAL if it does not fit. */
    public static void setRqDoorbellPage(MemorySegment command, long offset, int rqDoorbellPage) {
        RQ_DOORBELL_PAGE.set(command, offset, rqDoorbellPage);
    }

    /** {@link #TYPE_RC} or {@link #TYPE_UD}; garbage on an iWARP function. */
    public static int qpType(MemorySegment command, long offset) {
        return QP_TYPE.get(command, offset);
    }

    /** Sets {@link #qpType}, or EINVAL if it does not fit. */
    public static void setQpType(MemorySegment command, long offset, int qpType) {
        QP_TYPE.set(command, offset, qpType);
    }

    /** Where the SQ begins in its first page, in bytes, a multiple of 4096. */
    public static long sqPageOffset(MemorySegment command, long offset) {
        return SQ_PAGE_OFFSET.getUnsigned(command, offset) << PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #sqPageOffset}, or EINVAL if it is no multiple of 4096 or does not fit. */
    public static void setSqPageOffset(MemorySegment command, long offset, long sqPageOffset) {
        SQ_PAGE_OFFSET.setUnsigned(command, offset, Checks.pages(sqPageOffset));
    }

    /** Where the RQ begins in its first page, in bytes, a multiple of 4096. */
    public static long rqPageOffset(MemorySegment command, long offset) {
        return RQ_PAGE_OFFSET.getUnsigned(command, offset) << PciIds.PAGE_SHIFT;
    }

    /** Sets {@link #rqPageOffset}, or EINVAL if it is no multiple of 4096 or does not fit. */
    public static void setRqPageOffset(MemorySegment command, long offset, long rqPageOffset) {
        RQ_PAGE_OFFSET.setUnsigned(command, offset, Checks.pages(rqPageOffset));
    }

    /** Page {@code index} of the SQ, 1 … 3, at level 0; page 0 is {@link #sqBufferAddress}. */
    public static long sqMtt(MemorySegment command, long offset, int index) {
        return Mtt.entry(command, offset + SQ_MTT, Checks.laterPage(index));
    }

    /** Sets {@link #sqMtt}. */
    public static void setSqMtt(MemorySegment command, long offset, int index, long address) {
        Mtt.setEntry(command, offset + SQ_MTT, Checks.laterPage(index), address);
    }

    /** Page {@code index} of the RQ, 1 … 3, at level 0; page 0 is {@link #rqBufferAddress}. */
    public static long rqMtt(MemorySegment command, long offset, int index) {
        return Mtt.entry(command, offset + RQ_MTT, Checks.laterPage(index));
    }

    /** Sets {@link #rqMtt}. */
    public static void setRqMtt(MemorySegment command, long offset, int index, long address) {
        Mtt.setEntry(command, offset + RQ_MTT, Checks.laterPage(index), address);
    }
}
