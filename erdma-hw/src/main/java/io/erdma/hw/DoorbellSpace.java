package io.erdma.hw;

/**
 * The doorbell pages of BAR 0. Offsets are in bytes from the start of the BAR; a page number is {@code offset / 4096}.
 *
 * <pre>
 * 0x01000  384 KiB  SQ doorbells    the kernel's page is 0x5F
 * 0x61000   96 KiB  RQ doorbells    the kernel's page is 0x61
 * 0x79000  to end   CQ doorbells    the kernel's page is 0x79
 * </pre>
 *
 * The number in the written value decides, never the offset inside the page. Data sheet: §2 (kernel: {@code erdma_hw.h},
 * {@code ERDMA_BAR_*DB_SPACE_*}; provider: {@code erdma_hw.h}, the in-page offsets).
 */
public final class DoorbellSpace {
    /** log2 of a doorbell page. */
    public static final int PAGE_SHIFT = 12;
    /** Bytes of a doorbell page. */
    public static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    /** Start of the SQ doorbells. */
    public static final int SQ_OFFSET = 0x1000;
    /** Bytes of SQ doorbells. */
    public static final int SQ_BYTES = 384 * 1024;
    /** Start of the RQ doorbells. */
    public static final int RQ_OFFSET = 0x61000;
    /** Bytes of RQ doorbells. */
    public static final int RQ_BYTES = 96 * 1024;
    /** Start of the CQ doorbells, which go on to the end of the BAR. */
    public static final int CQ_OFFSET = 0x79000;

    /** First SQ page: what every user context maps without extended doorbells. */
    public static final int SHARED_SQ_PAGE = SQ_OFFSET >> PAGE_SHIFT;
    /** First RQ page: likewise. */
    public static final int SHARED_RQ_PAGE = RQ_OFFSET >> PAGE_SHIFT;
    /** First CQ page: likewise. */
    public static final int SHARED_CQ_PAGE = CQ_OFFSET >> PAGE_SHIFT;

    /** The page where kernel queues ring SQ doorbells; never given to a context. */
    public static final int KERNEL_SQ_PAGE = 95;
    /** The page where kernel queues ring RQ doorbells; never given to a context of its own. */
    public static final int KERNEL_RQ_PAGE = 0x61;
    /** The page where kernel queues ring CQ doorbells; never given to a context of its own. */
    public static final int KERNEL_CQ_PAGE = 0x79;
    /** Where kernel queues ring SQ doorbells. */
    public static final int KERNEL_SQ_OFFSET = KERNEL_SQ_PAGE << PAGE_SHIFT;
    /** Where kernel queues ring RQ doorbells. */
    public static final int KERNEL_RQ_OFFSET = KERNEL_RQ_PAGE << PAGE_SHIFT;
    /** Where kernel queues ring CQ doorbells. */
    public static final int KERNEL_CQ_OFFSET = KERNEL_CQ_PAGE << PAGE_SHIFT;

    private static final int SQ_ENTRY_MASK = 0x1F;
    private static final int SQ_ENTRY_SHIFT = 7;
    private static final int RQ_ENTRY_MASK = 0x7F;
    private static final int RQ_ENTRY_SHIFT = 5;
    private static final int CQ_ENTRY_MASK = 0x1FF;
    private static final int CQ_ENTRY_SHIFT = 3;

    private DoorbellSpace() {}

    /** Where in its SQ page a user QP rings, in bytes. */
    public static int sqInPage(int qpn) {
        return (qpn & SQ_ENTRY_MASK) << SQ_ENTRY_SHIFT;
    }

    /** Where in its RQ page a user QP rings, in bytes. */
    public static int rqInPage(int qpn) {
        return (qpn & RQ_ENTRY_MASK) << RQ_ENTRY_SHIFT;
    }

    /** Where in its CQ page a user CQ is armed, in bytes. */
    public static int cqInPage(int cqn) {
        return (cqn & CQ_ENTRY_MASK) << CQ_ENTRY_SHIFT;
    }
}
