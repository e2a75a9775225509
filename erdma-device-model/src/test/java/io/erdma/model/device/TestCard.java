package io.erdma.model.device;

import io.erdma.core.fault.FaultPlan;
import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.MacAddress;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.model.spec.FunctionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A card by hand: one virtual network, a clock that stands still, and hosts that work on registers and rings as a driver does. */
final class TestCard implements AutoCloseable {
    final DmaDomain domain = new DmaDomain();
    final ManualClock clock = new ManualClock();
    final LeakLedger ledger = new LeakLedger();
    final ManualWorkQueue timers = new ManualWorkQueue(clock, ledger);
    final Junction junction = new Junction();
    final TestPolicy policy = new TestPolicy();
    final Execution execution;
    private final List<TestHost> hosts = new ArrayList<>();

    TestCard() {
        execution = Execution.inline(domain);
    }

    TestCard(int threads) {
        execution = Execution.threaded(domain, threads, "engine", ledger);
    }

    TestHost host() {
        return host(FunctionSpec.defaults());
    }

    TestHost host(FunctionSpec spec) {
        return host(spec, Optional.empty());
    }

    /** A host whose function is set up, with two completion EQs. */
    TestHost host(FunctionSpec spec, Optional<FaultPlan> faults) {
        TestHost host = bare(spec, faults);
        host.boot(2);
        return host;
    }

    /** A host whose function is as after power-on. */
    TestHost bare(FunctionSpec spec, Optional<FaultPlan> faults) {
        int number = hosts.size() + 1;
        FunctionSite site = new FunctionSite(new MacAddress(0x0200_0000_0000L + number), policy, junction, timers,
                faults);
        TestHost host = new TestHost(this, spec, site, 0x0A00_0000 + number);
        hosts.add(host);
        return host;
    }

    @Override
    public void close() {
        hosts.forEach(TestHost::close);
        execution.close();
        timers.close();
    }
}
