package io.erdma.hw.cmd;

/** Counters of {@link StatsBlock} in its order, with the names that users see. Data sheet: §5.2, command 4. */
public enum StatCounter {
    /** Work requests sent. */
    TX_REQUESTS("tx_reqs_cnt"),
    /** Packets sent. */
    TX_PACKETS("tx_packets_cnt"),
    /** Bytes sent. */
    TX_BYTES("tx_bytes_cnt"),
    /** Not sent: disabled. */
    TX_DISABLE_DROPS("tx_disable_drop_cnt"),
    /** Not sent: bandwidth meter. */
    TX_BPS_LIMIT_DROPS("tx_bps_limit_drop_cnt"),
    /** Not sent: packet meter. */
    TX_PPS_LIMIT_DROPS("tx_pps_limit_drop_cnt"),
    /** Packets received. */
    RX_PACKETS("rx_packets_cnt"),
    /** Bytes received. */
    RX_BYTES("rx_bytes_cnt"),
    /** Dropped on receipt: disabled. */
    RX_DISABLE_DROPS("rx_disable_drop_cnt"),
    /** Dropped on receipt: bandwidth meter. */
    RX_BPS_LIMIT_DROPS("rx_bps_limit_drop_cnt"),
    /** Dropped on receipt: packet meter. */
    RX_PPS_LIMIT_DROPS("rx_pps_limit_drop_cnt");

    private final String userName;

    StatCounter(String userName) {
        this.userName = userName;
    }

    /** Its name for users, such as {@code tx_reqs_cnt}. */
    public String userName() {
        return userName;
    }
}
