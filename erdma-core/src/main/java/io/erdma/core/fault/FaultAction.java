package io.erdma.core.fault;

import io.erdma.core.errno.Errno;

/** What a fault does. An action that makes no sense at its point does nothing. */
public sealed interface FaultAction {
    /** Nothing: go on. */
    FaultAction NONE = new None();

    /** No fault. */
    record None() implements FaultAction {}

    /** A host call fails with this errno. */
    record Fail(Errno errno) implements FaultAction {}

    /** A command completes with this syndrome (1–255) and changes nothing. */
    record Syndrome(int value) implements FaultAction {
        /** IllegalArgumentException outside 1–255. */
        public Syndrome {
            if (value < 1 || value > 255) {
                throw new IllegalArgumentException("syndrome " + value);
            }
        }
    }

    /** The thing is lost: command, doorbell, interrupt. */
    record Drop() implements FaultAction {}

    /** The thing is held back until {@code others} more of its kind were seen at the device (a reordering), or until the plan is released if there are none. */
    record Delay(int others) implements FaultAction {
        /** IllegalArgumentException below 0. */
        public Delay {
            if (others < 0) {
                throw new IllegalArgumentException("delay by " + others);
            }
        }
    }

    /** The engine of that QP stands still until {@link FaultPlan#release()}. */
    record Hold() implements FaultAction {}

    /** A register reads as this. */
    record Value(long value) implements FaultAction {}
}
