package io.erdma.hw;

/**
 * Offsets of the registers in BAR 0, in bytes, and their bits. 32 bits wide unless noted. Of a pair {@code _L}, {@code _H} the driver
 * writes the high half first. Data sheet: §2.
 */
public final class Registers {
    /** 0 means a function that does not work. */
    public static final int VERSION = 0x00;
    /** {@link DeviceProtocol}; since Linux 7.3. */
    public static final int DEV_PROTO = 0x0C;
    /** {@link #DEV_CTRL_RESET} or {@link #DEV_CTRL_INIT}, written whole. */
    public static final int DEV_CTRL = 0x10;
    /** {@link #DEV_ST_RESET_DONE}, {@link #DEV_ST_INIT_DONE}. */
    public static final int DEV_ST = 0x14;
    /** Low 32 bits of the peer netdev's MAC, a 48-bit number whose most significant byte is the first octet. */
    public static final int NETDEV_MAC_L = 0x18;
    /** High 16 bits of the peer netdev's MAC. */
    public static final int NETDEV_MAC_H = 0x1C;
    /** Command SQ, DMA address, low half. */
    public static final int CMDQ_SQ_ADDR_L = 0x20;
    /** Command SQ, DMA address, high half. */
    public static final int CMDQ_SQ_ADDR_H = 0x24;
    /** Command CQ, DMA address, low half. */
    public static final int CMDQ_CQ_ADDR_L = 0x28;
    /** Command CQ, DMA address, high half. */
    public static final int CMDQ_CQ_ADDR_H = 0x2C;
    /** WQEBBs of the command SQ, entries of the command CQ. */
    public static final int CMDQ_DEPTH = 0x30;
    /** Entries of the command EQ. */
    public static final int CMDQ_EQ_DEPTH = 0x34;
    /** Command EQ, DMA address, low half. */
    public static final int CMDQ_EQ_ADDR_L = 0x38;
    /** Command EQ, DMA address, high half. */
    public static final int CMDQ_EQ_ADDR_H = 0x3C;
    /** AEQ, DMA address, low half. */
    public static final int AEQ_ADDR_L = 0x40;
    /** AEQ, DMA address, high half. */
    public static final int AEQ_ADDR_H = 0x44;
    /** Entries of the AEQ. */
    public static final int AEQ_DEPTH = 0x48;
    /** Not used by the driver. */
    public static final int GRP_NUM = 0x4C;
    /** AEQ doorbell, 64 bits: {@link EqDoorbell}. */
    public static final int AEQ_DB = 0x50;
    /** DMA address of the command SQ's doorbell record, 64 bits. */
    public static final int CMDQ_SQ_DB_HOST_ADDR = 0x60;
    /** DMA address of the command CQ's doorbell record, 64 bits. */
    public static final int CMDQ_CQ_DB_HOST_ADDR = 0x68;
    /** DMA address of the command EQ's doorbell record, 64 bits. */
    public static final int CMDQ_EQ_DB_HOST_ADDR = 0x70;
    /** DMA address of the AEQ's doorbell record, 64 bits. */
    public static final int AEQ_DB_HOST_ADDR = 0x78;

    /** Statistics, 64 bits each. */
    public static final int STATS_TSO_IN_PKTS = 0x80;
    /** Packets out of segmentation. */
    public static final int STATS_TSO_OUT_PKTS = 0x88;
    /** Bytes out of segmentation. */
    public static final int STATS_TSO_OUT_BYTES = 0x90;
    /** Packets not sent. */
    public static final int STATS_TX_DROP = 0x98;
    /** Packets not sent: bandwidth meter. */
    public static final int STATS_TX_BPS_METER_DROP = 0xA0;
    /** Packets not sent: packet meter. */
    public static final int STATS_TX_PPS_METER_DROP = 0xA8;
    /** Packets received. */
    public static final int STATS_RX_PKTS = 0xC0;
    /** Bytes received. */
    public static final int STATS_RX_BYTES = 0xC8;
    /** Packets dropped on receipt. */
    public static final int STATS_RX_DROP = 0xD0;
    /** Packets dropped on receipt: bandwidth meter. */
    public static final int STATS_RX_BPS_METER_DROP = 0xD8;
    /** Packets dropped on receipt: packet meter. */
    public static final int STATS_RX_PPS_METER_DROP = 0xE0;

    /** First of the EQ doorbells, 64 bits each, see {@link #ceqDoorbell}. */
    public static final int CEQ_DB = 0x100;
    /** Command SQ doorbell, 64 bits: {@link CmdSqDoorbell}. */
    public static final int CMDQ_SQDB = 0x200;
    /** Command CQ doorbell, 64 bits: {@link CqDoorbell}. */
    public static final int CMDQ_CQDB = 0x300;
    /** End of the registers; the doorbell pages begin at {@link DoorbellSpace#SQ_OFFSET}. */
    public static final int END = 0x308;

    /** Bit of {@link #DEV_CTRL}: drop all state. */
    public static final int DEV_CTRL_RESET = 1;
    /** Bit of {@link #DEV_CTRL}: take the queues into use. */
    public static final int DEV_CTRL_INIT = 1 << 1;
    /** Bit of {@link #DEV_ST}. */
    public static final int DEV_ST_RESET_DONE = 1;
    /** Bit of {@link #DEV_ST}. */
    public static final int DEV_ST_INIT_DONE = 1 << 1;

    /** log2 of the distance of two EQ doorbells in bytes. */
    public static final int CEQ_DB_SHIFT = 3;

    private Registers() {}

    /** Offset of EQ n's doorbell ({@link EqDoorbell}); 0 is the command EQ, completion EQs are 1 … 31. */
    public static int ceqDoorbell(int eqn) {
        return CEQ_DB + (eqn << CEQ_DB_SHIFT);
    }
}
