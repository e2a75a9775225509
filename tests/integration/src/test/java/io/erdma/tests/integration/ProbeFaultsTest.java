package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.hal.PciFunction;
import io.erdma.driver.Host;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.Moc;
import io.erdma.model.Vport;
import io.erdma.model.spec.FunctionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every step of probe fails in turn over the real model (driver-behaviour §2): it leaves nothing, and the next probe works. */
class ProbeFaultsTest {
    private static final int VECTORS = 3;

    /** A step, how often it is passed before it fails, and what probe makes of it. */
    private record Step(FaultPoint point, long detail, int skip, FaultAction action, Errno errno) {
        @Override
        public String toString() { return point + " " + detail + " after " + skip; }
    }

    static Stream<Arguments> steps() {
        List<Step> steps = new ArrayList<>(List.of(
                host(FaultPoint.HAL_ENABLE, 0, Errno.ENODEV),
                host(FaultPoint.HAL_MAP_BAR, 0, Errno.EFAULT),
                host(FaultPoint.HAL_DMA_MASK, 0, Errno.EIO),
                host(FaultPoint.HAL_VECTORS, 0, Errno.ENOSPC),
                register(Registers.VERSION, 0, Errno.ENODEV),
                register(Registers.VERSION, 0xFFFF_FFFFL, Errno.ENODEV),
                register(Registers.DEV_PROTO, 1, Errno.EOPNOTSUPP),
                register(Registers.DEV_ST, 0xFFFF_FFFFL, Errno.ENODEV)));
        for (int vector = 0; vector < VECTORS; vector++) {
            steps.add(host(FaultPoint.HAL_BIND_VECTOR, vector, Errno.EIO));
        }
        for (int allocation = 0; allocation < allocations(); allocation++) {
            steps.add(host(FaultPoint.HAL_ALLOCATE, allocation, Errno.ENOMEM));
        }
        for (int queue = 0; queue < VECTORS - 1; queue++) {
            steps.add(command(CommandOpcode.CREATE_EQ, queue));
        }
        steps.add(command(CommandOpcode.QUERY_DEVICE, 0));
        steps.add(command(CommandOpcode.QUERY_FW_INFO, 0));
        steps.add(command(CommandOpcode.CONF_DEVICE, 0));
        return steps.stream().flatMap(step -> Stream.of(Mode.values()).map(mode -> Arguments.of(mode, step)));
    }

    private static Step host(FaultPoint point, int skip, Errno errno) {
        return new Step(point, FaultPlan.ANY, skip, new FaultAction.Fail(errno), errno);
    }

    private static Step register(long offset, long value, Errno errno) {
        return new Step(FaultPoint.DEVICE_READ, offset, 0, new FaultAction.Value(value), errno);
    }

    private static Step command(CommandOpcode command, int skip) {
        return new Step(FaultPoint.DEVICE_COMMAND, (long) command.subModule() << 8 | command.opcode(), skip,
                new FaultAction.Syndrome(1), Errno.EIO);
    }

    /** How many allocations a good probe makes, found by having ever later ones fail until none does. */
    private static int allocations() {
        for (int count = 0;; count++) {
            FaultPlan plan = new FaultPlan();
            try (Moc card = card(Mode.INLINE, plan); Host host = host(card)) {
                plan.add(FaultPoint.HAL_ALLOCATE, FaultPlan.ANY, count, 1, new FaultAction.Fail(Errno.ENOMEM));
                host.driver().probe(function(card));
                return count;
            } catch (ErrnoException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
            }
        }
    }

    private static Moc card(Mode mode, FaultPlan plan) {
        FunctionSpec function = FunctionSpec.builder().extendedDoorbells(true).barBytes(1 << 20).build();
        return Moc.builder(mode.with(function)).faults("alice", plan).build();
    }

    /** A host that probes nothing by itself: the function comes too early for it. */
    private static Host host(Moc card) {
        Host host = Host.builder(card.vport("alice")).vectors(VECTORS).start();
        host.driver().remove(function(card));
        return host;
    }

    private static PciFunction function(Moc card) { return card.vport("alice").functions().getFirst(); }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("steps")
    @SuppressWarnings("try") // some close before the end of the block
    void failingStep_isReported_leavesNothing_andTheNextProbeWorks(Mode mode, Step step) {
        FaultPlan plan = new FaultPlan();
        try (Moc card = card(mode, plan); Host host = host(card)) {
            Vport alice = card.vport("alice");
            var before = alice.ledger().outstanding();
            plan.add(step.point, step.detail, step.skip, 1, step.action);

            assertThatThrownBy(() -> host.driver().probe(function(card)))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(step.errno));

            assertThat(alice.ledger().outstanding()).isEqualTo(before);
            assertThat(host.driver().adapters()).isEmpty();
            assertThatThrownBy(() -> host.links().newlink("erdma", "erdma0", "eth0"))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));

            host.driver().probe(function(card));
            host.links().newlink("erdma", "erdma0", "eth0");
            assertThat(host.device("erdma0")).isPresent();
            host.close();
            assertThat(alice.ledger().outstanding()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void probe_twentyTimes_leavesNothing_eachTime(Mode mode) {
        FaultPlan none = new FaultPlan();
        try (Moc card = card(mode, none); Host host = host(card)) {
            var before = card.vport("alice").ledger().outstanding();
            for (int round = 0; round < 20; round++) {
                host.driver().probe(function(card));
                host.links().newlink("erdma", "erdma0", "eth0");
                try (Side side = Side.of(host.device("erdma0").orElseThrow())) {
                    assertThat(side.qp.qpn()).isEqualTo(1);
                }
                host.driver().remove(function(card));
                assertThat(host.links().links()).isEmpty();
                assertThat(card.vport("alice").ledger().outstanding()).isEqualTo(before);
            }
        }
    }
}
