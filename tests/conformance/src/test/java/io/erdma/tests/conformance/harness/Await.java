package io.erdma.tests.conformance.harness;

import java.util.function.BooleanSupplier;

/** Waits for what other threads do. The bound is a guard against hanging, not a limit of speed. */
public final class Await {
    private static final int LOOKS = 20_000_000;

    private Await() {}

    /** Looks until the condition holds; fails when it never does, or when the thread is interrupted. */
    public static void until(String what, BooleanSupplier condition) {
        for (int look = 0; look < LOOKS; look++) {
            if (condition.getAsBoolean()) {
                return;
            }
            if (Thread.interrupted()) {
                throw new AssertionError("interrupted while waiting until " + what);
            }
            Thread.yield();
        }
        throw new AssertionError("waited in vain until " + what);
    }
}
