package io.erdma.tests.conformance.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.profile.DeviceProfile;
import io.erdma.tests.conformance.harness.Api;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random verbs on two hosts: each call, each completion and each byte is as the rules say. A walk that fails is made short, and printed as a script. */
class RandomWalkTest {
    private static final int STEPS = 1000;
    private static final int SEEDS = 20;
    private static final int SOAK_WALKS = 1000;
    private static final int SEEDS_OF_AN_OLD_CARD = 3;

    @ParameterizedTest
    @EnumSource
    void twentyThousandSteps_comeToWhatTheyMust(Api api) {
        Statistics all = walk(Setup.of(api, DeviceProfile.newest()), 1, SEEDS, () -> false);

        assertThat(all.steps()).isGreaterThanOrEqualTo((long) SEEDS * STEPS);
        assertThat(all.verbs()).isEqualTo(verbs(api));
    }

    @ParameterizedTest
    @EnumSource
    void onTheOldestCard_stepsComeToWhatTheyMust(Api api) {
        walk(Setup.of(api, DeviceProfile.oldest()), 1, SEEDS_OF_AN_OLD_CARD, () -> false);
    }

    /** A million steps an API, or as many as there is time for ({@code erdma.soak.minutes}, shared by both). */
    @ParameterizedTest
    @EnumSource
    @Tag("soak")
    void twoMillionSteps_comeToWhatTheyMust(Api api) {
        long begin = System.nanoTime();
        long limit = Long.getLong("erdma.soak.minutes", 5) * 60_000_000_000L / Api.values().length;
        Statistics all = walk(Setup.of(api, DeviceProfile.newest()), ThreadLocalRandom.current().nextLong(), SOAK_WALKS,
                () -> System.nanoTime() - begin > limit);

        assertThat(all.verbs()).isEqualTo(verbs(api));
    }

    private static Statistics walk(Setup setup, long firstSeed, int walks, BooleanSupplier timeIsUp) {
        String name = "random walk, " + setup.api() + " verbs";
        System.out.println(name + ": " + walks + " walks of " + STEPS + " steps, first seed " + firstSeed);
        long begin = System.nanoTime();
        Statistics all = new Statistics();
        for (int i = 0; i < walks && !timeIsUp.getAsBoolean(); i++) {
            all.add(walk(setup, firstSeed + i));
        }
        System.out.printf("%s: %.1f s, %s%n", name, (System.nanoTime() - begin) / 1e9, all);
        if (all.steps() < (long) walks * STEPS) {
            System.out.println(name + ": stopped for lack of time");
        }
        assertThat(all.successes() * 2).as("steps that came off").isGreaterThanOrEqualTo(all.steps());
        return all;
    }

    private static Statistics walk(Setup setup, long seed) {
        try {
            return Walk.random(setup, seed, STEPS);
        } catch (WalkFailure failure) {
            throw new AssertionError(failure.getMessage() + "\nThis fails, too:\n" + failure.shortest(), failure);
        }
    }

    private static Set<Verb> verbs(Api api) {
        return api == Api.KERNEL ? EnumSet.allOf(Verb.class) : EnumSet.complementOf(EnumSet.of(Verb.DMA_MR));
    }
}
