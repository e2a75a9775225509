package io.erdma.tests.conformance.walk;

import io.erdma.core.fault.FaultPlan;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.tests.conformance.harness.Api;
import java.util.function.Consumer;

/**
 * Where a walk goes.
 *
 * @param card the functions of the two hosts
 * @param rules what a card is believed to do: this one, unless a test wants to be wrong
 * @param faults plans what is to go wrong; it is asked anew for each play
 */
record Setup(Api api, FunctionSpec card, DeviceProfile rules, Consumer<FaultPlan> faults) {
    static Setup of(Api api, FunctionSpec card) {
        return new Setup(api, card, DeviceProfile.of(card), plan -> {});
    }

    /** The same card, of which something else is believed. */
    Setup believing(DeviceProfile other) {
        return new Setup(api, card, other, faults);
    }

    /** The same with faults. */
    Setup withFaults(Consumer<FaultPlan> planner) {
        return new Setup(api, card, rules, planner);
    }

    FaultPlan newFaults() {
        FaultPlan plan = new FaultPlan();
        faults.accept(plan);
        return plan;
    }
}
