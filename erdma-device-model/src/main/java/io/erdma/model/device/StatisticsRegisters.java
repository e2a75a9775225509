package io.erdma.model.device;

import io.erdma.hw.Registers;
import io.erdma.hw.cmd.StatCounter;

/** The statistics registers, as views of the counters that GET_STATS reports. */
final class StatisticsRegisters {
    private static final int END = Registers.STATS_RX_PPS_METER_DROP + Long.BYTES;

    private StatisticsRegisters() {}

    /** Whether an offset lies among them. */
    static boolean covers(int offset) {
        return offset >= Registers.STATS_TSO_IN_PKTS && offset < END;
    }

    /** The value of the 64-bit register at an offset; 0 between two of them. */
    static long read(Session session, int offset) {
        StatCounter counter = switch (offset) {
            case Registers.STATS_TSO_IN_PKTS -> StatCounter.TX_REQUESTS;
            case Registers.STATS_TSO_OUT_PKTS -> StatCounter.TX_PACKETS;
            case Registers.STATS_TSO_OUT_BYTES -> StatCounter.TX_BYTES;
            case Registers.STATS_TX_DROP -> StatCounter.TX_DISABLE_DROPS;
            case Registers.STATS_TX_BPS_METER_DROP -> StatCounter.TX_BPS_LIMIT_DROPS;
            case Registers.STATS_TX_PPS_METER_DROP -> StatCounter.TX_PPS_LIMIT_DROPS;
            case Registers.STATS_RX_PKTS -> StatCounter.RX_PACKETS;
            case Registers.STATS_RX_BYTES -> StatCounter.RX_BYTES;
            case Registers.STATS_RX_DROP -> StatCounter.RX_DISABLE_DROPS;
            case Registers.STATS_RX_BPS_METER_DROP -> StatCounter.RX_BPS_LIMIT_DROPS;
            case Registers.STATS_RX_PPS_METER_DROP -> StatCounter.RX_PPS_LIMIT_DROPS;
            default -> null;
        };
        return counter == null ? 0 : session.traffic().get(counter);
    }
}
