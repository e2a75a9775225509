package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.QueryDeviceResponse;
import io.erdma.hw.cmd.QueryFwInfoResponse;

/**
 * What the device said of itself at probe, checked: a value out of range is refused, not used (kernel: {@code erdma_dev_attrs_init}; defect 6;
 * device-interface §5.1).
 *
 * @param maxQp QP numbers, of which 0 is not used: 1024 × blocks
 * @param maxCqe entries of a CQ
 * @param maxRecvWr receive requests of a QP
 * @param maxMrBytes largest MR in bytes
 * @param maxMw memory windows
 * @param atomics whether atomics work
 * @param scatteredMtt whether the tables of an MR may be scattered
 * @param extendedDoorbells whether contexts have doorbell pages of their own
 * @param localDmaKey lkey of all memory
 * @param congestionControl what connections ask for
 * @param firmwareVersion 32 bits
 */
public record DeviceCapabilities(
        int maxQp,
        int maxCqe,
        int maxRecvWr,
        long maxMrBytes,
        int maxMw,
        boolean atomics,
        boolean scatteredMtt,
        boolean extendedDoorbells,
        int localDmaKey,
        CongestionControl congestionControl,
        int firmwareVersion) {
    private static final int LOG2_MAX_INT = 30;
    private static final int LOG2_MAX_LONG = 62;
    private static final int KEY_BITS = 8;

    /**
     * Asks the device (QUERY_DEVICE, QUERY_FW_INFO).
     *
     * @throws ErrnoException EINVAL: a value is out of range; and the command channel's errors
     */
    public static DeviceCapabilities query(CommandChannel commands) {
        CommandResponse device = commands.execute(CommandOpcode.QUERY_DEVICE, CommandBody.EMPTY);
        CommandResponse firmware = commands.execute(CommandOpcode.QUERY_FW_INFO, CommandBody.EMPTY);
        return decode(device, firmware);
    }

    /** Reads the two responses; EINVAL for a value that is out of range. */
    static DeviceCapabilities decode(CommandResponse device, CommandResponse firmware) {
        int flags = QueryDeviceResponse.capabilities(device);
        int congestionControl = QueryDeviceResponse.congestionControl(device);
        DeviceCapabilities result = new DeviceCapabilities(
                check("QP blocks", QueryDeviceResponse.qpBlocks(device), 1, Limits.QP_BLOCKS) * Limits.QPS_PER_BLOCK,
                1 << check("log2 max CQE", QueryDeviceResponse.log2MaxCqe(device), 0, Limits.LOG2_CQES),
                1 << check("log2 max recv WR", QueryDeviceResponse.log2MaxRecvWr(device), 0, Limits.LOG2_RECEIVE_WRS),
                1L << check("log2 max MR size", QueryDeviceResponse.log2MaxMrSize(device), Limits.MR_PAGE_SHIFT_MIN,
                        LOG2_MAX_LONG),
                1 << check("log2 max MWs", QueryDeviceResponse.log2MaxMws(device), 0, LOG2_MAX_INT),
                (flags & QueryDeviceResponse.CAP_ATOMIC) != 0,
                (flags & QueryDeviceResponse.CAP_SCATTERED_MTT) != 0,
                (flags & QueryDeviceResponse.CAP_EXTENDED_DOORBELL) != 0,
                QueryDeviceResponse.localDmaKey(device),
                CongestionControl.of(congestionControl)
                        .orElseThrow(() -> outOfRange("congestion control", congestionControl)),
                QueryFwInfoResponse.version(firmware));
        if (result.localDmaKey >>> KEY_BITS < result.maxMr()) {
            throw outOfRange("local DMA key, which an MR could have,", result.localDmaKey);
        }
        return result;
    }

    private static int check(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw outOfRange(what, value);
        }
        return value;
    }

    private static ErrnoException outOfRange(String what, int value) {
        return new ErrnoException(Errno.EINVAL, "the device reports %s 0x%x".formatted(what, value));
    }

    /** MR numbers: twice {@link #maxQp}. */
    public int maxMr() {
        return Limits.CQS_AND_MRS_PER_QP * maxQp;
    }

    /** CQ numbers, of which 0 is not used: twice {@link #maxQp}. */
    public int maxCq() {
        return Limits.CQS_AND_MRS_PER_QP * maxQp;
    }
}
