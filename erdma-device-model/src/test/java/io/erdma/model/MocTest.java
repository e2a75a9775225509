package io.erdma.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.net.Netdev;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.hw.Registers;
import io.erdma.model.flow.DropReason;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MocTest {
    private final ManualWorkQueue timers = new ManualWorkQueue(new ManualClock());
    private final Moc card = Moc.builder(CardSpec.twoTenants()).timers(timers).build();
    private final Vport alice = card.vport("alice");
    private final Vport bob = card.vport("bob");

    @AfterEach
    void nothingIsLeft() {
        card.close();
        card.close();
        assertThat(card.ledger().outstanding()).isEmpty();
        for (Vport vport : card.vports()) {
            assertThat(vport.ledger().outstanding()).isEmpty();
            assertThat(vport.functions()).isEmpty();
        }
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static int readRegister(PciFunction function, long offset) {
        try (Bar bar = function.mapBar(0)) {
            return bar.read32(offset);
        }
    }

    @Test
    void aVport_isAMachineWithItsNetdevAndItsFunction() {
        Netdev eth0 = alice.netdevs().byName("eth0").orElseThrow();
        PciFunction function = alice.functions().getFirst();

        assertThat(eth0.permanentAddress()).isEqualTo(alice.mac());
        assertThat(eth0.running()).isTrue();
        assertThat(eth0.inetAddresses()).extracting(Object::toString).containsExactly("/10.0.0.1");
        assertThat(alice.functions()).hasSize(1);
        assertThat(function.identity().vendor()).isEqualTo(FunctionSpec.VENDOR);
        assertThat(function.identity().device()).isEqualTo(FunctionSpec.DEVICE);
        long mac = (readRegister(function, Registers.NETDEV_MAC_H) & 0xFFFF_FFFFL) << 32
                | readRegister(function, Registers.NETDEV_MAC_L) & 0xFFFF_FFFFL;
        assertThat(mac).isEqualTo(alice.mac().bits());
    }

    @Test
    void vport_unknown_isEnoent_andNamesThoseThatAre() {
        assertErrno(Errno.ENOENT, () -> card.vport("carol"));
        assertThatThrownBy(() -> card.vport("carol")).hasMessageContaining("alice, bob, mallory");
        assertErrno(Errno.ENOENT, () -> Moc.builder(card.spec()).faults("carol", new FaultPlan()));
    }

    @Test
    void inline_thereIsNoThreadButTheTimers() {
        try (Moc own = Moc.of(CardSpec.twoTenants())) {
            assertThat(own.ledger().outstanding()).hasSize(1).containsValue(1L);
        }
        assertThat(card.ledger().outstanding()).isEmpty();
    }

    @Test
    void addFunction_plugsASecondOne_withItsOwnAddress() {
        PciFunction second = alice.addFunction(FunctionSpec.builder().version(7).build());

        assertThat(alice.functions()).hasSize(2).contains(second);
        assertThat(alice.functions().getFirst().identity().address()).isNotEqualTo(second.identity().address());
        assertThat(readRegister(second, Registers.VERSION)).isEqualTo(7);
    }

    @Test
    void removeFunction_isASurpriseToItsDriver_andToNobodyElse() {
        PciFunction function = alice.functions().getFirst();
        List<String> told = new ArrayList<>();
        function.onRemoval(() -> told.add("alice"));
        bob.functions().getFirst().onRemoval(() -> told.add("bob"));
        Bar bar = function.mapBar(0);

        alice.removeFunction(function);

        assertThat(told).containsExactly("alice");
        assertThat(function.present()).isFalse();
        assertThat(bar.read32(Registers.VERSION)).isEqualTo(-1);
        assertThat(alice.functions()).isEmpty();
        assertErrno(Errno.ENODEV, () -> alice.removeFunction(function));
        assertErrno(Errno.ENODEV, () -> alice.counters(function));
        assertErrno(Errno.ENODEV, () -> bob.removeFunction(alice.functions().isEmpty() ? function : null));
        bar.close();
    }

    @Test
    void memoryOfARemovedFunction_isGivenBackByItsDriverLater() {
        PciFunction function = alice.functions().getFirst();
        function.enable();
        DmaMemory memory = function.allocateCoherent(4096, 4096);

        alice.removeFunction(function);
        assertThat(alice.ledger().outstanding()).isNotEmpty();
        memory.close();
        function.disable();

        assertThat(alice.ledger().outstanding()).isEmpty();
    }

    @Test
    void kill_takesFunctionsAndCarrier_andRestoreBringsNewOnes() {
        PciFunction before = alice.functions().getFirst();
        Netdev eth0 = alice.netdevs().byName("eth0").orElseThrow();

        alice.kill();
        alice.kill();

        assertThat(alice.isAlive()).isFalse();
        assertThat(alice.functions()).isEmpty();
        assertThat(before.present()).isFalse();
        assertThat(eth0.carrier()).isFalse();
        assertThat(bob.isAlive()).isTrue();
        assertThat(bob.functions().getFirst().present()).isTrue();
        assertErrno(Errno.ENODEV, () -> alice.addFunction(FunctionSpec.defaults()));

        alice.restore();
        alice.restore();

        assertThat(alice.functions()).hasSize(1).doesNotContain(before);
        assertThat(eth0.running()).isTrue();
        assertThat(readRegister(alice.functions().getFirst(), Registers.VERSION)).isEqualTo(1);
    }

    @Test
    void kill_withoutItsNetdev_isNoError() {
        alice.netdevs().unregister(alice.netdevs().byName("eth0").orElseThrow());

        alice.kill();
        alice.restore();

        assertThat(alice.functions()).hasSize(1);
    }

    @Test
    void faults_ofOneVport_strikeThereOnly() {
        FaultPlan plan = new FaultPlan();
        plan.always(FaultPoint.HAL_ENABLE, FaultPlan.ANY, new FaultAction.Fail(Errno.EIO));
        plan.always(FaultPoint.DEVICE_READ, Registers.VERSION, new FaultAction.Value(0));
        try (Moc faulty = Moc.builder(CardSpec.twoTenants()).timers(timers).faults("alice", plan).build()) {
            PciFunction hers = faulty.vport("alice").functions().getFirst();
            PciFunction his = faulty.vport("bob").functions().getFirst();

            assertErrno(Errno.EIO, hers::enable);
            assertThat(readRegister(hers, Registers.VERSION)).isZero();
            his.enable();
            assertThat(readRegister(his, Registers.VERSION)).isEqualTo(1);
            his.disable();
        }
    }

    @Test
    void faults_ofTheCard_strikeAllThatHaveNoPlanOfTheirOwn() {
        FaultPlan plan = new FaultPlan();
        plan.always(FaultPoint.HAL_ENABLE, FaultPlan.ANY, new FaultAction.Fail(Errno.EIO));
        try (Moc faulty = Moc.builder(CardSpec.twoTenants()).timers(timers).faults(plan).faults("bob", new FaultPlan())
                .build()) {
            assertErrno(Errno.EIO, faulty.vport("alice").functions().getFirst()::enable);
            assertErrno(Errno.EIO, faulty.vport("mallory").functions().getFirst()::enable);
            faulty.vport("bob").functions().getFirst().enable();
        }
    }

    @Test
    void counters_tellWhatTheModelSaw() {
        PciFunction function = alice.functions().getFirst();
        Map<String, Long> before = alice.counters(function);

        try (Bar bar = function.mapBar(0)) {
            bar.write64(0x5F000, -1);
        }

        assertThat(before.values()).allMatch(count -> count == 0);
        assertThat(alice.counters(function)).containsEntry("foreign_doorbells", 1L);
        assertThat(bob.counters(bob.functions().getFirst()).values()).allMatch(count -> count == 0);
    }

    @Test
    void rulesOfTheSpec_standFromTheBeginning() {
        CardSpec spec = CardSpec.parse("""
            vport a vpc=v mac=02:00:00:00:00:01 ip=10.0.0.1
            deny to=10.0.0.2
            """);
        try (Moc own = Moc.builder(spec).timers(timers).build()) {
            assertThat(own.flows().entries()).hasSize(1);
            assertThat(own.vport("a").flow().drops(DropReason.DENIED)).isZero();
        }
    }

    @Test
    void aVportWithoutFunctions_isAMachineAllTheSame() {
        CardSpec spec = CardSpec.builder()
                .vport(VportSpec.builder("plain", "v", "02:00:00:00:00:09", "10.0.0.9").functions().build()).build();
        try (Moc own = Moc.builder(spec).timers(timers).build()) {
            assertThat(own.vport("plain").functions()).isEmpty();
            assertThat(own.machines()).hasSize(1);
        }
    }
}
