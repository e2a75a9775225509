package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.PciFunction;
import io.erdma.core.net.Netdev;
import java.net.Inet4Address;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class FakeMachineTest {
    @Test
    void machine_holdsWhatATestPutsIntoIt() {
        FakeMachine machine = FakeMachine.alone("alice");
        PciFunction function = FakeFunction.create().pci();
        Netdev netdev = machine.addNetdev("eth0", "00:16:3e:00:00:01", "10.0.0.1");
        assertThat(machine.name()).isEqualTo("alice").isEqualTo(machine.toString());
        assertThat(machine.netdevs().all()).containsExactly(netdev);
        assertThat(netdev.running()).isTrue();
        assertThat(netdev.inetAddresses()).containsExactly(Inet4Address.ofLiteral("10.0.0.1"));
        assertThat(machine.plug(function).functions()).containsExactly(function);
        assertThat(machine.unplug(function).functions()).isEmpty();
        assertThat(machine.ledger().outstanding()).isEmpty();
    }

    @Test
    void interrupts_runInline_orAsTold() {
        AtomicBoolean ran = new AtomicBoolean();
        FakeMachine.alone("alice").interruptExecutor().execute(() -> ran.set(true));
        assertThat(ran).isTrue();
        ManualExecutor manual = new ManualExecutor();
        assertThat(new FakeNetwork().machine("bob", manual).interruptExecutor()).isSameAs(manual);
    }
}
