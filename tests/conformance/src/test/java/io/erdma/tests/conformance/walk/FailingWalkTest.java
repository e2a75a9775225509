package io.erdma.tests.conformance.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPoint;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.tests.conformance.harness.Api;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A walk notices what goes wrong, and says so in a few steps. */
class FailingWalkTest {
    private static final int STEPS = 2000;

    private static final int MOST_SEEDS = 20;
    /** The QP of that number on either host: its requests are never heard of. */
    private static final int DEAF_QP = 5;
    /** Five QPs with PD and CQs, regions, another one to connect with, and a post: that is about all that can't be left out. */
    private static final int SHORT = 24;

    @ParameterizedTest
    @EnumSource
    void aCardThatLosesDoorbells_isFoundOut_byAScriptThatRingsOne(Api api) {
        Setup setup = Setup.of(api, DeviceProfile.newest())
                .withFaults(plan -> plan.always(FaultPoint.DEVICE_DOORBELL, DEAF_QP, new FaultAction.Drop()));

        Script shortest = shortest(setup);

        assertThat(shortest.steps()).as("%s", shortest).hasSizeLessThanOrEqualTo(SHORT);
        assertThat(Walk.play(setup, shortest)).isPresent();
        assertThat(Walk.play(Setup.of(api, DeviceProfile.newest()), shortest)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aWrongRule_isFoundOut_byAScriptThatNeedsIt(Api api) {
        Setup setup = Setup.of(api, DeviceProfile.newest()).believing(DeviceProfile.of(
                DeviceProfile.newest().toBuilder().atomics(false).build()));

        Script shortest = shortest(setup);

        List<Verb> verbs = shortest.steps().stream().map(Step::verb).toList();
        assertThat(verbs).as("%s", shortest).hasSizeLessThanOrEqualTo(SHORT).contains(Verb.CONNECT)
                .containsAnyOf(Verb.CAS, Verb.FAA);
        assertThat(Walk.play(setup, shortest)).isPresent();
        assertThat(Walk.play(Setup.of(api, DeviceProfile.newest()), shortest)).isEqualTo(Optional.empty());
    }

    private static Script shortest(Setup setup) {
        for (long seed = 1; seed <= MOST_SEEDS; seed++) {
            try {
                Walk.random(setup, seed, STEPS);
            } catch (WalkFailure failure) {
                return failure.shortest();
            }
        }
        return fail("nothing was noticed");
    }
}
