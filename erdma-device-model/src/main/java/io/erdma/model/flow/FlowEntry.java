package io.erdma.model.flow;

import io.erdma.model.spec.FlowRule;
import java.util.concurrent.atomic.LongAdder;

/** An explicit rule as it stands in a {@link FlowTable}. Thread-safe. */
public final class FlowEntry {
    private final FlowTable table;
    private final FlowRule rule;
    private final LongAdder hits = new LongAdder();

    FlowEntry(FlowTable table, FlowRule rule) {
        this.table = table;
        this.rule = rule;
    }

    /** The rule. */
    public FlowRule rule() {
        return rule;
    }

    /** Packets that it dropped; for one that permits: how often it was looked up and decided. */
    public long hits() {
        return hits.sum();
    }

    void hit() {
        hits.increment();
    }

    /** Takes the rule out of the table. Idempotent. */
    public void remove() {
        table.remove(this);
    }
}
