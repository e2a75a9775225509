package io.erdma.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cm.RdmaListener;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.leak.Resource;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.FakeMachine;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualExecutor;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.hw.Aeqe;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.CompletionQueue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A machine with the driver loaded, as an embedding program has it. */
class HostTest {
    private static final String MAC = "02:00:00:00:00:01";

    private final FakeMachine machine = FakeMachine.alone("m");
    private final ScriptedCard card = new ScriptedCard(machine.ledger(), 0x02_00_00_00_00_01L);

    private Host hostWithLink() {
        machine.plug(card.function.pci()).addNetdev("eth0", MAC, "10.0.0.1");
        Host host = Host.on(machine);
        host.links().newlink("erdma", "erdma0", "eth0");
        return host;
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(machine.ledger().outstanding()).isEmpty();
    }

    @Test
    void functions_areBroughtUp_andALinkMakesADeviceOfOne() {
        try (Host host = hostWithLink()) {
            assertThat(host.machine()).isSameAs(machine);
            assertThat(host.driver().adapters()).singleElement()
                    .satisfies(adapter -> assertThat(adapter.peerAddress()).hasToString(MAC));
            assertThat(host.device("erdma0")).get().isSameAs(host.devices().byName("erdma0").orElseThrow());
            assertThat(host.device("erdma1")).isEmpty();
        }
    }

    @Test
    void closing_endsLinksConnectionsAndThreads_andCanBeRepeated() {
        Host host = hostWithLink();
        RdmaListener listener = host.cm().listen("10.0.0.1", 4711);
        assertThat(machine.ledger().outstanding()).containsKeys(Resource.THREAD, Resource.DMA_MEMORY);

        host.close();
        host.close();

        assertThat(host.links().links()).isEmpty();
        assertThat(host.devices().devices()).isEmpty();
        assertThat(host.driver().adapters()).isEmpty();
        assertThatThrownBy(listener::poll)
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        assertThatThrownBy(() -> host.links().newlink("erdma", "erdma0", "eth0")).isInstanceOf(ErrnoException.class);
    }

    @Test
    void functionsOfOthers_areLeftAlone() {
        FakeFunction other = FakeFunction.builder().identity(new PciIdentity("0000:00:09.0", 0x1DED, 0x1234, 0))
                .ledger(machine.ledger()).build();
        machine.plug(other.pci());
        try (Host host = Host.on(machine)) {
            assertThat(host.driver().adapters()).isEmpty();
            assertThat(other.writes()).isEmpty();
        }
    }

    @Test
    void functionThatDoesNotComeUp_keepsNoOtherFromComingUp() {
        ScriptedCard broken = new ScriptedCard(machine.ledger(), 0x02_00_00_00_00_02L);
        broken.refuses.add(CommandOpcode.QUERY_DEVICE);
        machine.plug(broken.function.pci());
        try (Host host = hostWithLink()) {
            assertThat(host.driver().adapters()).hasSize(1);
            assertThat(host.device("erdma0")).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({ "-1, 0", "0, 0", "1, 0", "2, 1", "4, 3", "99, 3" })
    void vectors_areAskedForWithinTheirRange_andTakenAsFarAsTheFunctionHasThem(int wanted, int completionVectors) {
        machine.plug(card.function.pci());
        try (Host host = Host.builder(machine).vectors(wanted).start()) {
            assertThat(host.driver().adapters().getFirst().completionEvents()).hasSize(completionVectors);
        }
    }

    @Test
    void whatIsHandedIn_isUsed_andLeftOpen() {
        ManualClock clock = new ManualClock();
        ManualWorkQueue driverQueue = new ManualWorkQueue(clock);
        ManualWorkQueue cmQueue = new ManualWorkQueue(clock);
        ManualExecutor interrupts = new ManualExecutor();
        machine.plug(card.function.pci()).addNetdev("eth0", MAC, "10.0.0.1");
        Host.Builder builder = Host.builder(machine).clock(clock).driverQueue(driverQueue).cmQueue(cmQueue)
                .interrupts(interrupts);
        List<AsyncEventType> events = new ArrayList<>();
        try (Host host = builder.start()) {
            assertThat(machine.ledger().outstanding()).doesNotContainKey(Resource.THREAD);
            host.links().newlink("erdma", "erdma0", "eth0");
            host.device("erdma0").orElseThrow().subscribe((AsyncEvent event) -> events.add(event.type()));

            try (CompletionQueue cq = host.device("erdma0").orElseThrow().createCq(16)) {
                card.asyncEvent(Aeqe.CQ_ERROR, cq.cqn());
                assertThat(events).isEmpty();
                interrupts.runAll();
                assertThat(events).containsExactly(AsyncEventType.CQ_ERR);
            }

            host.cm().listen("10.0.0.1", 4711);
            card.ignores.add(CommandOpcode.CREATE_CQ);
            long before = clock.nanoTime();
            assertThatThrownBy(() -> host.device("erdma0").orElseThrow().createCq(16))
                    .hasMessageStartingWith("ETIME");
            assertThat(clock.nanoTime()).isGreaterThan(before);
            assertThat(driverQueue.ready()).isPositive();
        }
        driverQueue.execute(() -> {});
        cmQueue.execute(() -> {});
    }
}
