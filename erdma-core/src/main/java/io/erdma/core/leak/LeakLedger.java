package io.erdma.core.leak;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is held of each {@link Resource}. When all is closed, all counts are 0. Thread-safe. */
public final class LeakLedger {
    private final Map<Resource, AtomicLong> held = new EnumMap<>(Resource.class);

    /** Nothing held. */
    public LeakLedger() {
        for (Resource resource : Resource.values()) {
            held.put(resource, new AtomicLong());
        }
    }

    /** Counts {@code amount} taken (or, negative, given back). */
    public void add(Resource resource, long amount) {
        counter(resource).addAndGet(amount);
    }

    /** What is held of a resource now. */
    public long held(Resource resource) {
        return counter(resource).get();
    }

    private AtomicLong counter(Resource resource) {
        return Objects.requireNonNull(held.get(resource));
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
