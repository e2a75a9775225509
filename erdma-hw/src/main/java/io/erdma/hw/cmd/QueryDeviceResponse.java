package io.erdma.hw.cmd;

import io.erdma.hw.BitField;

/**
 * Response of QUERY_DEVICE.
 *
 * <pre>
 * response 0: 51:48 log2 max GIDs (since Linux 7.3), 47:40 log2 max CQE, 31:24 capability flags, 23:16 log2 max recv WR,
 *             15:8 log2 max AHs (since Linux 7.3), 7:0 log2 max MR size
 * response 1: 63:32 local DMA key, 31:28 default congestion control, 27:16 QP blocks (1024 QPs each), 7:0 log2 max MWs
 * </pre>
 *
 * Derived: max MR = max CQ = 2 × max QP. Values that Linux ran on: CQE 20, recv 15, MR size 40, 1 QP block. Data sheet: §5.1,
 * command 0 (kernel: {@code ERDMA_CMD_DEV_CAP_*}, {@code erdma_dev_attrs_init}).
 */
public final class QueryDeviceResponse {
    /** Capability flag: atomics. */
    public static final int CAP_ATOMIC = 1 << 7;
    /** Capability flag: a memory region's table may be scattered, levels 2 and 3. */
    public static final int CAP_SCATTERED_MTT = 1 << 5;
    /** Capability flag: contexts have doorbell pages of their own. */
    public static final int CAP_EXTENDED_DOORBELL = 1 << 3;

    private static final BitField LOG2_MAX_GIDS = BitField.of(51, 48);
    private static final BitField LOG2_MAX_CQE = BitField.of(47, 40);
    private static final BitField CAPABILITIES = BitField.of(31, 24);
    private static final BitField LOG2_MAX_RECV_WR = BitField.of(23, 16);
    private static final BitField LOG2_MAX_AHS = BitField.of(15, 8);
    private static final BitField LOG2_MAX_MR_SIZE = BitField.of(7, 0);

    private static final BitField LOCAL_DMA_KEY = BitField.of(63, 32);
    private static final BitField CONGESTION_CONTROL = BitField.of(31, 28);
    private static final BitField QP_BLOCKS = BitField.of(27, 16);
    private static final BitField LOG2_MAX_MWS = BitField.of(7, 0);

    private QueryDeviceResponse() {}

    /** The response; values are cut to their fields. */
    public static CommandResponse compose(int log2MaxGids, int log2MaxCqe, int capabilities, int log2MaxRecvWr,
            int log2MaxAhs, int log2MaxMrSize, int localDmaKey, int congestionControl, int qpBlocks, int log2MaxMws) {
        long qword0 = LOG2_MAX_GIDS.place(log2MaxGids) | LOG2_MAX_CQE.place(log2MaxCqe)
                | CAPABILITIES.place(capabilities) | LOG2_MAX_RECV_WR.place(log2MaxRecvWr)
                | LOG2_MAX_AHS.place(log2MaxAhs) | LOG2_MAX_MR_SIZE.place(log2MaxMrSize);
        long qword1 = LOCAL_DMA_KEY.place(localDmaKey) | CONGESTION_CONTROL.place(congestionControl)
                | QP_BLOCKS.place(qpBlocks) | LOG2_MAX_MWS.place(log2MaxMws);
        return new CommandResponse(qword0, qword1);
    }

    /** log2 of the GIDs, 4 bits; RoCEv2. */
    public static int log2MaxGids(CommandResponse response) {
        return LOG2_MAX_GIDS.getInt(response.qword0());
    }

    /** log2 of the entries of a CQ, 8 bits. */
    public static int log2MaxCqe(CommandResponse response) {
        return LOG2_MAX_CQE.getInt(response.qword0());
    }

    /** A sum of the {@code CAP_} constants, 8 bits. */
    public static int capabilities(CommandResponse response) {
        return CAPABILITIES.getInt(response.qword0());
    }

    /** log2 of the receive work requests of a QP, 8 bits. */
    public static int log2MaxRecvWr(CommandResponse response) {
        return LOG2_MAX_RECV_WR.getInt(response.qword0());
    }

    /** log2 of the address handles, 8 bits; RoCEv2. */
    public static int log2MaxAhs(CommandResponse response) {
        return LOG2_MAX_AHS.getInt(response.qword0());
    }

    /** log2 of the bytes of a memory region, 8 bits. */
    public static int log2MaxMrSize(CommandResponse response) {
        return LOG2_MAX_MR_SIZE.getInt(response.qword0());
    }

    /** The lkey of all memory, for kernel users. */
    public static int localDmaKey(CommandResponse response) {
        return LOCAL_DMA_KEY.getInt(response.qword1());
    }

    /** Number of the default {@link io.erdma.hw.CongestionControl}, 4 bits. */
    public static int congestionControl(CommandResponse response) {
        return CONGESTION_CONTROL.getInt(response.qword1());
    }

    /** Blocks of {@link io.erdma.hw.Limits#QPS_PER_BLOCK} QPs, 12 bits. */
    public static int qpBlocks(CommandResponse response) {
        return QP_BLOCKS.getInt(response.qword1());
    }

    /** log2 of the memory windows, 8 bits. */
    public static int log2MaxMws(CommandResponse response) {
        return LOG2_MAX_MWS.getInt(response.qword1());
    }
}
