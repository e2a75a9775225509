package io.erdma.model.device;

import io.erdma.hw.cmd.StatCounter;
import java.util.concurrent.atomic.AtomicLongArray;

/** A function's traffic since INIT: what QPs that are gone have left, and drops. QPs that are there keep their own. */
final class Statistics {
    private final AtomicLongArray values = new AtomicLongArray(StatCounter.values().length);

    void add(StatCounter counter, long value) {
        values.getAndAdd(counter.ordinal(), value);
    }

    long get(StatCounter counter) {
        return values.get(counter.ordinal());
    }

    /** Adds what a QP has counted. */
    void add(QueuePair qp) {
        add(StatCounter.TX_REQUESTS, qp.sent.requests());
        add(StatCounter.TX_PACKETS, qp.sent.packets() + qp.answered.packets());
        add(StatCounter.TX_BYTES, qp.sent.bytes() + qp.answered.bytes());
        add(StatCounter.RX_PACKETS, qp.received.packets() + qp.responses.packets());
        add(StatCounter.RX_BYTES, qp.received.bytes() + qp.responses.bytes());
    }

    /** Adds another one's values. */
    void add(Statistics other) {
        for (StatCounter counter : StatCounter.values()) {
            add(counter, other.get(counter));
        }
    }
}
