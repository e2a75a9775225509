package io.erdma.hw.text;

import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import java.util.Map;

/** Accesses of BAR 0. Data sheet: §2, §3. */
public final class RegisterText {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(Registers.VERSION, "VERSION"),
            Map.entry(Registers.DEV_PROTO, "DEV_PROTO"),
            Map.entry(Registers.DEV_CTRL, "DEV_CTRL"),
            Map.entry(Registers.DEV_ST, "DEV_ST"),
            Map.entry(Registers.NETDEV_MAC_L, "NETDEV_MAC_L"),
            Map.entry(Registers.NETDEV_MAC_H, "NETDEV_MAC_H"),
            Map.entry(Registers.CMDQ_SQ_ADDR_L, "CMDQ_SQ_ADDR_L"),
            Map.entry(Registers.CMDQ_SQ_ADDR_H, "CMDQ_SQ_ADDR_H"),
            Map.entry(Registers.CMDQ_CQ_ADDR_L, "CMDQ_CQ_ADDR_L"),
            Map.entry(Registers.CMDQ_CQ_ADDR_H, "CMDQ_CQ_ADDR_H"),
            Map.entry(Registers.CMDQ_DEPTH, "CMDQ_DEPTH"),
            Map.entry(Registers.CMDQ_EQ_DEPTH, "CMDQ_EQ_DEPTH"),
            Map.entry(Registers.CMDQ_EQ_ADDR_L, "CMDQ_EQ_ADDR_L"),
            Map.entry(Registers.CMDQ_EQ_ADDR_H, "CMDQ_EQ_ADDR_H"),
            Map.entry(Registers.AEQ_ADDR_L, "AEQ_ADDR_L"),
            Map.entry(Registers.AEQ_ADDR_H, "AEQ_ADDR_H"),
            Map.entry(Registers.AEQ_DEPTH, "AEQ_DEPTH"),
            Map.entry(Registers.GRP_NUM, "GRP_NUM"),
            Map.entry(Registers.AEQ_DB, "AEQ_DB"),
            Map.entry(Registers.CMDQ_SQ_DB_HOST_ADDR, "CMDQ_SQ_DB_HOST_ADDR"),
            Map.entry(Registers.CMDQ_CQ_DB_HOST_ADDR, "CMDQ_CQ_DB_HOST_ADDR"),
            Map.entry(Registers.CMDQ_EQ_DB_HOST_ADDR, "CMDQ_EQ_DB_HOST_ADDR"),
            Map.entry(Registers.AEQ_DB_HOST_ADDR, "AEQ_DB_HOST_ADDR"),
            Map.entry(Registers.STATS_TSO_IN_PKTS, "STATS_TSO_IN_PKTS"),
            Map.entry(Registers.STATS_TSO_OUT_PKTS, "STATS_TSO_OUT_PKTS"),
            Map.entry(Registers.STATS_TSO_OUT_BYTES, "STATS_TSO_OUT_BYTES"),
            Map.entry(Registers.STATS_TX_DROP, "STATS_TX_DROP"),
            Map.entry(Registers.STATS_TX_BPS_METER_DROP, "STATS_TX_BPS_METER_DROP"),
            Map.entry(Registers.STATS_TX_PPS_METER_DROP, "STATS_TX_PPS_METER_DROP"),
            Map.entry(Registers.STATS_RX_PKTS, "STATS_RX_PKTS"),
            Map.entry(Registers.STATS_RX_BYTES, "STATS_RX_BYTES"),
            Map.entry(Registers.STATS_RX_DROP, "STATS_RX_DROP"),
            Map.entry(Registers.STATS_RX_BPS_METER_DROP, "STATS_RX_BPS_METER_DROP"),
            Map.entry(Registers.STATS_RX_PPS_METER_DROP, "STATS_RX_PPS_METER_DROP"),
            Map.entry(Registers.CMDQ_SQDB, "CMDQ_SQDB"),
            Map.entry(Registers.CMDQ_CQDB, "CMDQ_CQDB"));

    private RegisterText() {}

    /** The data sheet's name of what is at an offset, such as {@code DEV_CTRL} or {@code SQ_DB page 0x5f}. */
    public static String name(long offset) {
        if (offset >= DoorbellSpace.SQ_OFFSET) {
            String kind = offset >= DoorbellSpace.CQ_OFFSET
                    ? "CQ_DB"
                    : offset >= DoorbellSpace.RQ_OFFSET
                            ? "RQ_DB"
                            : "SQ_DB";
            return kind + " page " + Numbers.hex(offset >>> DoorbellSpace.PAGE_SHIFT);
        }
        if (isEqDoorbell(offset)) {
            return "CEQ_DB[" + ((offset - Registers.CEQ_DB) >> Registers.CEQ_DB_SHIFT) + "]";
        }
        return NAMES.getOrDefault((int) offset, "offset " + Numbers.hex(offset));
    }

    private static boolean isEqDoorbell(long offset) {
        return offset >= Registers.CEQ_DB && offset < Registers.ceqDoorbell(PciIds.MAX_VECTORS)
                && (offset & (Long.BYTES - 1)) == 0;
    }

    /** A value as the register or doorbell at an offset has it. */
    public static String value(long offset, int size, long value) {
        String raw = Numbers.hex(value);
        if (offset == Registers.DEV_CTRL) {
            return raw + flag(value, Registers.DEV_CTRL_RESET, " RESET")
                    + flag(value, Registers.DEV_CTRL_INIT, " INIT");
        }
        if (offset == Registers.DEV_ST) {
            return raw + flag(value, Registers.DEV_ST_RESET_DONE, " RESET_DONE")
                    + flag(value, Registers.DEV_ST_INIT_DONE, " INIT_DONE");
        }
        if (size != Long.BYTES) {
            return raw;
        }
        if (offset == Registers.CMDQ_SQDB) {
            return "pi " + CmdSqDoorbell.producerIndex(value);
        }
        if (offset == Registers.AEQ_DB || isEqDoorbell(offset)) {
            return (EqDoorbell.arm(value) ? "arm ci " : "ci ") + EqDoorbell.consumerIndex(value);
        }
        if (offset == Registers.CMDQ_CQDB || offset >= DoorbellSpace.CQ_OFFSET) {
            return completionDoorbell(value);
        }
        if (offset >= DoorbellSpace.RQ_OFFSET) {
            return "qpn %d pi %d".formatted(RqDoorbell.qpn(value), RqDoorbell.producerIndex(value));
        }
        if (offset >= DoorbellSpace.SQ_OFFSET) {
            return "qpn %d pi %d".formatted(SqDoorbell.qpn(value), SqDoorbell.producerIndex(value));
        }
        return raw;
    }

    private static String flag(long value, int bit, String text) {
        return (value & bit) != 0 ? text : "";
    }

    private static String completionDoorbell(long value) {
        String arm = !CqDoorbell.arm(value) ? "" : CqDoorbell.solicitedOnly(value) ? " arm solicited" : " arm any";
        return "cqn %d ci %d idx %d cmdsn %d%s".formatted(CqDoorbell.cqn(value), CqDoorbell.consumerIndex(value),
                CqDoorbell.idx(value), CqDoorbell.cmdsn(value), arm);
    }
}
