package io.erdma.tests.conformance.walk;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** How many steps of each verb were taken, and how many of them came off: not refused, and no request of it or because of it failed. */
final class Statistics {
    private final Map<Verb, Long> taken = new EnumMap<>(Verb.class);
    private final Map<Verb, Long> succeeded = new EnumMap<>(Verb.class);

    void count(Verb verb, boolean success) {
        taken.merge(verb, 1L, Long::sum);
        succeeded.merge(verb, success ? 1L : 0L, Long::sum);
    }

    void add(Statistics other) {
        other.taken.forEach((verb, count) -> taken.merge(verb, count, Long::sum));
        other.succeeded.forEach((verb, count) -> succeeded.merge(verb, count, Long::sum));
    }

    long steps() {
        return sum(taken);
    }

    long successes() {
        return sum(succeeded);
    }

    private static long sum(Map<Verb, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    Set<Verb> verbs() {
        return taken.isEmpty() ? EnumSet.noneOf(Verb.class) : EnumSet.copyOf(taken.keySet());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("%d steps, %.1f %% of them successes:".formatted(steps(),
                100.0 * successes() / Math.max(1, steps())));
        taken.forEach((verb, count) -> text.append(" %s %d/%d".formatted(verb, succeeded.get(verb), count)));
        return text.toString();
    }
}
