package io.erdma.model.profile;

import io.erdma.model.spec.FunctionSpec;
import java.util.Optional;

/**
 * Something that not every card of this kind can do, with the version of the Linux kernel from which the reference driver uses it. One that no version
 * has is listed too, so that a test need not know the difference.
 */
public enum Feature {
    /** Compare-and-swap, fetch-and-add. */
    ATOMICS("6.2"),
    /** Requests that are posted to a QP in error are told of by REFLUSH. */
    REFLUSH("6.2"),
    /** The device is told the MTU. */
    CONF_MTU("6.2"),
    /** A context has doorbell pages of its own, which ring its own queues only. */
    EXTENDED_DOORBELLS("6.5"),
    /** Translation tables of two and three levels. */
    TABLE_LEVELS("6.6"),
    /** The device's counters. */
    STATISTICS("6.8"),
    /** A query of a QP reports a state at all. */
    QUERY_QP_STATE("6.12"),
    /** UD, GIDs and address handles. */
    ROCE_V2("6.14"),
    /** A receiver that is not ready makes the sender try again: InfiniBand's, not iWARP's. */
    RECEIVER_NOT_READY,
    /** Memory windows. */
    MEMORY_WINDOWS,
    /** Shared receive queues. */
    SHARED_RECEIVE_QUEUES,
    /** CQs that change their size, or have time stamps. */
    EXTENDED_CQS,
    /** Regions that change what they are. */
    REREGISTRATION,
    /** Regions of no bytes, regions that begin at 0. */
    ZERO_BASED_REGIONS;

    private final Optional<String> since;

    Feature() {
        since = Optional.empty();
    }

    Feature(String since) {
        this.since = Optional.of(since);
    }

    /** Kernel version from which the reference has it; empty: in none. */
    public Optional<String> since() {
        return since;
    }

    boolean isIn(FunctionSpec function) {
        return switch (this) {
            case ATOMICS -> function.atomics();
            case REFLUSH -> function.reflush();
            case EXTENDED_DOORBELLS -> function.extendedDoorbells();
            case TABLE_LEVELS -> function.scatteredMtt();
            case CONF_MTU, STATISTICS, QUERY_QP_STATE -> true;
            case ROCE_V2, RECEIVER_NOT_READY, MEMORY_WINDOWS, SHARED_RECEIVE_QUEUES, EXTENDED_CQS, REREGISTRATION,
                    ZERO_BASED_REGIONS ->
                false;
        };
    }
}
