package io.erdma.model.flow;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What the rules say about a connection, at one state of the rules. Whoever keeps it asks {@link #isCurrent()} before each use and has the connection checked
 * again when it is not. Immutable but for the counters that {@link #countDrop()} moves.
 */
public final class FlowVerdict {
    private final FlowTable table;
    private final long generation;
    private final FlowPort charged;
    private final @Nullable FlowPort peer;
    private final @Nullable DropReason reason;
    private final @Nullable FlowEntry entry;

    private FlowVerdict(FlowTable table, long generation, FlowPort charged, @Nullable FlowPort peer,
            @Nullable DropReason reason, @Nullable FlowEntry entry) {
        this.table = table;
        this.generation = generation;
        this.charged = charged;
        this.peer = peer;
        this.reason = reason;
        this.entry = entry;
    }

    static FlowVerdict permitted(FlowTable table, long generation, FlowPort sender, FlowPort peer) {
        return new FlowVerdict(table, generation, sender, peer, null, null);
    }

    static FlowVerdict dropped(FlowTable table, long generation, FlowPort charged, DropReason reason,
            @Nullable FlowEntry entry) {
        return new FlowVerdict(table, generation, charged, null, reason, entry);
    }

    /** Whether packets pass, in both directions. */
    public boolean permitted() {
        return reason == null;
    }

    /** Whether nothing about the rules and vports has changed since. */
    public boolean isCurrent() {
        return table.generation() == generation;
    }

    /** Why packets are dropped; empty if they pass. */
    public Optional<DropReason> reason() {
        return Optional.ofNullable(reason);
    }

    /** The vport at the other end; empty if packets are dropped. */
    public Optional<FlowPort> peer() {
        return Optional.ofNullable(peer);
    }

    /** Counts one packet that was dropped on this verdict, at the vport that it came from; no effect if packets pass. */
    public void countDrop() {
        if (reason != null) {
            charged.count(reason);
            if (entry != null) {
                entry.hit();
            }
        }
    }
}
