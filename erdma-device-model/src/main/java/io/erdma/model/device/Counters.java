package io.erdma.model.device;

import java.util.concurrent.atomic.AtomicLongArray;

/** A function's {@link ModelCounter}s. What they count is rare, so any thread may raise them. */
final class Counters {
    private static final int COUNT = ModelCounter.values().length;

    private final AtomicLongArray values = new AtomicLongArray(COUNT);

    void add(ModelCounter counter) {
        values.getAndIncrement(counter.ordinal());
    }

    long get(ModelCounter counter) {
        return values.get(counter.ordinal());
    }
}
