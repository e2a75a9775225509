package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, requests, doorbells and register accesses of which most are valid but for one field: a tenant may harm itself, and nobody else. */
class GarbageTest {
    private static final long SEED = 2026_11_22;

    @Test
    void hundredThousandEntries_breakNothing_andMeetEveryRefusal() {
        run(SEED, 100_000, 0);
    }

    @Test
    void engineThreads_breakOnNothingEither() {
        run(SEED, 20_000, 2);
    }

    /** Ten million, or as many as there is time for ({@code erdma.soak.minutes}, shared by both executions). */
    @ParameterizedTest
    @ValueSource(ints = { 0, 2 })
    @Tag("soak")
    void tenMillionEntries(int engines) {
        run(ThreadLocalRandom.current().nextLong(), engines == 0 ? 10_000_000 : 1_000_000, engines);
    }

    private static void run(long seed, long entries, int engines) {
        String name = "garbage (" + (engines == 0 ? "inline" : engines + " engine threads") + ", seed " + seed + ")";
        System.out.println(name + ": " + entries + " entries to come");
        long begin = System.nanoTime();
        long limit = Long.getLong("erdma.soak.minutes", 5) * 60_000_000_000L / 2;
        try (Garbage garbage = new Garbage(seed, engines)) {
            garbage.run(entries, () -> System.nanoTime() - begin > limit);
            GarbageReport report = garbage.report();
            System.out.printf("%s: %.1f s, %s%n", name, (System.nanoTime() - begin) / 1e9, report);
            if (report.entries() < entries) {
                System.out.println(name + ": stopped for lack of time after " + report.entries() + " entries");
            }
            assertThat(report.unknown()).as("came up and nobody knows it").isEmpty();
            assertThat(report.mutated() * 2).as("entries valid but for one field").isGreaterThan(report.entries());
            if (report.entries() >= 100_000) {
                assertThat(report.missing()).as("never came up").isEmpty();
            }
        }
    }
}
