package io.erdma.model.device;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The seams of the fault plan in a function. Without a plan each is one look at a final field. */
final class Faults {
    private final @Nullable FaultPlan plan;
    private final Counters counters;

    Faults(Optional<FaultPlan> plan, Counters counters) {
        this.plan = plan.orElse(null);
        this.counters = counters;
    }

    /** Whether there is a plan. */
    boolean planned() {
        return plan != null;
    }

    /** What happens at a point now. */
    FaultAction at(FaultPoint point, long detail) {
        FaultPlan current = plan;
        FaultAction action = current == null ? FaultAction.NONE : current.at(point, detail);
        if (!(action instanceof FaultAction.None)) {
            counters.add(ModelCounter.FAULTS);
        }
        return action;
    }

    /** Whether what happens at a point is lost. */
    boolean drops(FaultPoint point, long detail) {
        return plan != null && at(point, detail) instanceof FaultAction.Drop;
    }

    /** Whether the engine of a QP stands still until the plan is released. */
    boolean holds(QueuePair qp) {
        if (plan == null) {
            return false;
        }
        if (!qp.isHeld() && at(FaultPoint.DEVICE_ENGINE, qp.qpn()) instanceof FaultAction.Hold) {
            qp.setHeld(true);
        }
        return qp.isHeld();
    }

    /** Hears of the plan's release. */
    void onRelease(Runnable listener) {
        if (plan != null) {
            plan.onRelease(listener);
        }
    }
}
