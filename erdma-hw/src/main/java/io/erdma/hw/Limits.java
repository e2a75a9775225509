package io.erdma.hw;

/** Default depths, limits and times of driver and device, none of which the device reports. Data sheet: §4, §5.1, §6. */
public final class Limits {
    /** Commands outstanding at most. */
    public static final int COMMANDS = 128;
    /** WQEBBs of the command SQ and entries of the command CQ. */
    public static final int COMMAND_RING_DEPTH = COMMANDS * SqeHeader.MAX_WQEBBS;
    /** Entries of the command EQ. */
    public static final int COMMAND_EQ_DEPTH = 128;
    /** Entries of the AEQ. */
    public static final int AEQ_DEPTH = 4096;
    /** Entries of a completion EQ. */
    public static final int CEQ_DEPTH = 4096;
    /** How long a command may take, in milliseconds. */
    public static final int COMMAND_TIMEOUT_MILLIS = 15_000;
    /** How long to wait between two looks at {@link Registers#DEV_ST}, in milliseconds. */
    public static final int INIT_POLL_MILLIS = 20;
    /** Looks at {@link Registers#DEV_ST} before bring-up has failed. */
    public static final int INIT_POLLS = 500;
    /** Entries of an EQ that a handler takes at most, the command EQ excepted. */
    public static final int EVENTS_PER_INTERRUPT = 16;

    /** SGEs of a send request. */
    public static final int SEND_SGES = 6;
    /** SGEs of a receive request. */
    public static final int RECEIVE_SGES = 1;
    /** Local SGEs of a READ. */
    public static final int READ_SGES = 1;
    /** Inline bytes of a send request, from any number of SGEs. */
    public static final int INLINE_BYTES = 96;
    /** Send work requests of a QP. */
    public static final int SEND_WRS = 8192;
    /** WQEBBs that the send queue has for each work request. */
    public static final int WQEBBS_PER_SEND_WR = 4;
    /** READs and atomics outstanding at the requester. */
    public static final int ORD = 128;
    /** READs and atomics outstanding at the responder. */
    public static final int IRD = 128;
    /** Pages of a fast-register MR that a query advertises. */
    public static final int FAST_REGISTER_PAGES = 512;
    /** Pages that a fast-register MR can be made with. */
    public static final int FAST_REGISTER_MAX_ENTRIES = 524_288;
    /** Protection domains. */
    public static final int PDS = 128 * 1024;
    /** User contexts. */
    public static final int CONTEXTS = 131_072;

    /** QPs of a block that QUERY_DEVICE counts. */
    public static final int QPS_PER_BLOCK = 1024;
    /** Blocks of QPs at most: 20-bit numbers. */
    public static final int QP_BLOCKS = 512;
    /** log2 of the receive work requests of a QP at most: 16-bit indices. */
    public static final int LOG2_RECEIVE_WRS = 15;
    /** log2 of the entries of a CQ at most: a kernel CQ is one 32 MiB page. */
    public static final int LOG2_CQES = 20;
    /** log2 of the entries of an EQ at most: 16-bit indices. */
    public static final int LOG2_EQ_DEPTH = 15;
    /** Max MR and max CQ are so many times max QP. */
    public static final int CQS_AND_MRS_PER_QP = 2;

    /** log2 of the pages that a memory region may have, smallest. */
    public static final int MR_PAGE_SHIFT_MIN = 12;
    /** log2 of the pages that a memory region may have, largest. */
    public static final int MR_PAGE_SHIFT_MAX = 30;
    /** Page sizes of memory regions as a query reports them, one bit a size: 4 KiB … 1 GiB. */
    public static final int MR_PAGE_SIZES = 0x7FFF_F000;
    /** log2 of the largest page of a user QP's queues. */
    public static final int USER_QP_PAGE_SHIFT_MAX = 19;
    /** log2 of the page size that kernel QP queues state. */
    public static final int KERNEL_QP_PAGE_SHIFT = 20;
    /** log2 of the largest page of a user CQ. */
    public static final int USER_CQ_PAGE_SHIFT_MAX = 25;
    /** log2 of the page size that kernel CQs state. */
    public static final int KERNEL_CQ_PAGE_SHIFT = 25;

    /** Completion EQs are 1 … this. */
    public static final int MAX_EQN = PciIds.MAX_VECTORS - 1;
    /** Largest message, 2³² − 1 bytes. */
    public static final long MESSAGE_BYTES = 0xFFFF_FFFFL;

    private Limits() {}
}
