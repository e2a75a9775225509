package io.erdma.model;

import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.InProcessFunction;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.device.ErdmaFunction;
import io.erdma.model.device.FunctionSite;
import io.erdma.model.device.ModelCounter;
import io.erdma.model.spec.FunctionSpec;
import java.util.Optional;

/** A function with its model and its place in a host of this process. */
final class FunctionSlot {
    private final ErdmaFunction model;
    private final InProcessFunction joined;
    private final PciFunction visible;

    FunctionSlot(FunctionSpec spec, String pciAddress, FunctionSite site, CardServices services, LeakLedger ledger) {
        model = new ErdmaFunction(spec, pciAddress, site, services.execution());
        joined = new InProcessFunction(model, new DmaSpace(services.domain()), ledger, services.memory());
        Optional<FaultPlan> faults = site.faults();
        visible = faults.isPresent() ? new FaultyFunction(joined, faults.get()) : joined;
    }

    /** What a driver gets. */
    PciFunction function() {
        return visible;
    }

    long counter(ModelCounter counter) {
        return model.counter(counter);
    }

    /** Pulls it out: its driver is told, and its connections' peers find theirs lost. What the driver still holds it gives back in its own time. */
    void remove() {
        joined.remove();
        model.reset();
        joined.close();
    }
}
