package io.erdma.hw;

import java.util.List;
import java.util.Optional;

/**
 * Congestion control of a connection; the number is carried by QUERY_DEVICE, MODIFY_QP and the MPA frame. Data sheet: §5.1, command 0
 * (kernel: {@code enum} of {@code ERDMA_CC_*}).
 */
public enum CongestionControl {
    /** NewReno. */
    NEW_RENO,
    /** CUBIC; also the compromise when peers differ. */
    CUBIC,
    /** HPCC, by round-trip time. */
    HPCC_RTT,
    /** HPCC, by ECN. */
    HPCC_ECN,
    /** HPCC, by in-band telemetry. */
    HPCC_INT;

    private static final List<CongestionControl> BY_NUMBER = List.of(values());

    /** The wire number. */
    public int number() {
        return ordinal();
    }

    /** The algorithm of a wire number; empty for an unknown one. */
    public static Optional<CongestionControl> of(int number) {
        return number >= 0 && number < BY_NUMBER.size() ? Optional.of(BY_NUMBER.get(number)) : Optional.empty();
    }

    /** What a connection uses whose two sides ask for these. */
    public static CongestionControl agree(CongestionControl own, CongestionControl peer) {
        return own == peer ? own : CUBIC;
    }
}
