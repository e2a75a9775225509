package io.erdma.core.leak;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts what is held of each {@link Resource}. When all is closed, all counts are 0. Thread-safe. */
public final class LeakLedger {
    private final AtomicLongArray held = new AtomicLongArray(Resource.values().length);

    /** Nothing held. */
    public LeakLedger() {}

    /** Counts {@code amount} taken (or, negative, given back). */
    public void add(Resource resource, long amount) {
        held.addAndGet(resource.ordinal(), amount);
    }

    /** What is held of a resource now. */
    public long held(Resource resource) {
        return held.get(resource.ordinal());
    }

    /** All counts that are not 0; empty when nothing leaks. */
    public Map<Resource, Long> outstanding() {
        Map<Resource, Long> result = new EnumMap<>(Resource.class);
        Arrays.stream(Resource.values()).filter(r -> held(r) != 0).forEach(r -> result.put(r, held(r)));
        return result;
    }

    @Override
    public String toString() {
        return outstanding().isEmpty() ? "nothing held" : "held: " + outstanding();
    }
}
