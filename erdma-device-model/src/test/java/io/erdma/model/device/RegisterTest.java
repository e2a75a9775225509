package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** BAR accesses, bring-up, reset, MSI-X. */
class RegisterTest {
    private static final int BAR = 0;
    private static final int MSIX_BAR = 2;

    @Test
    void identity_isReadable_andNotWritable() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.bare(FunctionSpec.builder().version(3).build(), Optional.empty());

            assertThat(host.read32(Registers.VERSION)).isEqualTo(3);
            assertThat(host.read32(Registers.DEV_PROTO)).isZero();
            assertThat(host.read32(Registers.NETDEV_MAC_H)).isEqualTo(0x0200);
            assertThat(host.read32(Registers.NETDEV_MAC_L)).isEqualTo(1);
            host.write32(Registers.VERSION, 9);
            assertThat(host.read32(Registers.VERSION)).isEqualTo(3);
            assertThat(host.function.counter(ModelCounter.UNKNOWN_ACCESSES)).isEqualTo(1);
            assertThat(host.function.barBytes(BAR)).isEqualTo(512 << 10);
            assertThat(host.function.barBytes(1)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = { -8, 0x308, 0x800, 1L << 40, Long.MAX_VALUE, Long.MAX_VALUE - 3, Long.MAX_VALUE - 7,
        Long.MIN_VALUE, 3 })
    void accessesWhereNothingIs_readZero_andDoNothing(long offset) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            for (int size : new int[]{ 1, 2, 4, 8 }) {
                assertThat(host.function.read(BAR, offset, size)).isZero();
                host.function.write(BAR, offset, size, -1);
                assertThat(host.function.read(MSIX_BAR, offset | 0x4000, size)).isZero();
                host.function.write(MSIX_BAR, offset, size, 0);
                assertThat(host.function.read(5, offset, size)).isZero();
            }
            assertThat(host.function.counter(ModelCounter.UNKNOWN_ACCESSES)).isPositive();
            assertThat(host.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {})).isZero();
        }
    }

    @Test
    void queueRegisters_keepWhatIsWritten_byHalvesOrWhole() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.bare(FunctionSpec.defaults(), Optional.empty());
            host.write64(Registers.CMDQ_SQ_ADDR_L, 0x1122334455667788L);
            host.write32(Registers.AEQ_DEPTH, 77);

            assertThat(host.read32(Registers.CMDQ_SQ_ADDR_H)).isEqualTo(0x11223344);
            assertThat(host.function.read(BAR, Registers.CMDQ_SQ_ADDR_L, 8)).isEqualTo(0x1122334455667788L);
            assertThat(host.read32(Registers.AEQ_DEPTH)).isEqualTo(77);
        }
    }

    @Test
    void init_withQueuesThatCannotBe_isRefused_andMayBeTriedAgain() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.bare(FunctionSpec.defaults(), Optional.empty());
            host.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_INIT);
            assertThat(host.initialized()).isFalse();
            assertThat(host.function.counter(ModelCounter.REFUSED_INITS)).isEqualTo(1);

            host.boot(1);

            assertThat(host.initialized()).isTrue();
            assertThat(host.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {})).isZero();
        }
    }

    @Test
    void reset_dropsAllState_andALaterInitWorks() {
        try (Pair pair = new Pair()) {
            pair.bob.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);

            assertThat(pair.bob.read32(Registers.DEV_ST)).isEqualTo(Registers.DEV_ST_RESET_DONE);
            byte[] before = pair.bob.all().toArray(ValueLayout.JAVA_BYTE);
            pair.in.write(TestQp.SIGNALED, pair.source.stag(), pair.source.va(), pair.to(0, 8)).ring();
            pair.bobCq.arm(false);
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(16);
            assertThat(changes(before, pair.bob.all().toArray(ValueLayout.JAVA_BYTE), pair)).isZero();

            pair.bob.boot(2);
            TestCq cq = pair.bob.cq(4);
            TestQp a = pair.bob.qp(cq);
            TestQp b = pair.bob.qp(cq);
            TestHost.join(a, b);
            b.receive(new TestQp.Piece(0, 0, 0));
            a.send(TestQp.SIGNALED).ring();
            assertThat(cq.pollAll()).hasSize(2);
        }
    }

    /** Bytes of host memory that differ, but for what the host itself has written. */
    private static int changes(byte[] before, byte[] after, Pair pair) {
        int changes = 0;
        int from = (int) HostMemoryArea.at(pair.in.sends);
        int end = (int) HostMemoryArea.at(pair.in.receiveRecord) + 8;
        int record = (int) HostMemoryArea.at(pair.bobCq.record);
        for (int i = 0; i < before.length; i++) {
            boolean own = (i >= from && i < end) || (i >= record && i < record + 8);
            changes += !own && before[i] != after[i] ? 1 : 0;
        }
        return changes;
    }

    @Test
    void functionLevelReset_leavesNothingBehind() {
        try (Pair pair = new Pair()) {
            FourTuple flow = new FourTuple(1, 2, 3, 4);
            TestQp lonely = pair.bob.qp(pair.bobCq);
            pair.bob.connect(lonely, flow);
            assertThat(pair.card.junction.waiting()).isEqualTo(1);
            assertThat(pair.card.timers.delayed()).isEqualTo(1);

            pair.bob.function.reset();

            assertThat(pair.card.junction.waiting()).isZero();
            assertThat(pair.card.timers.delayed()).isZero();
            assertThat(pair.bob.read32(Registers.DEV_ST)).isZero();
        }
    }

    @Test
    void functionOfVersionZero_doesNotInitialise() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.bare(FunctionSpec.builder().version(0).build(), Optional.empty());
            host.boot(1);
            assertThat(host.initialized()).isFalse();
        }
    }

    @Test
    void plannedRead_answersInTheRegistersStead() {
        try (TestCard card = new TestCard()) {
            FaultPlan plan = new FaultPlan();
            TestHost host = card.bare(FunctionSpec.defaults(), Optional.of(plan));
            plan.once(FaultPoint.DEVICE_READ, Registers.VERSION, new FaultAction.Value(0));

            assertThat(host.read32(Registers.VERSION)).isZero();
            assertThat(host.read32(Registers.VERSION)).isEqualTo(1);
        }
    }

    @Test
    void maskedVector_isPending_andGoesOutAtUnmask_once() {
        try (Pair pair = new Pair()) {
            TestHost bob = pair.bob;
            bob.interrupts.clear();
            bob.function.write(MSIX_BAR, 16 + 12, 4, 1);
            pair.bobCq.arm(false);
            pair.in.receive(pair.to(0, 8));
            pair.out.send(0, pair.from(0, 8)).ring();

            assertThat(bob.interrupts).isEmpty();
            assertThat(bob.function.read(MSIX_BAR, MsixTable.PBA_OFFSET, 4)).isEqualTo(2);
            bob.function.write(MSIX_BAR, 16 + 12, 4, 0);
            bob.function.write(MSIX_BAR, 16 + 12, 4, 0);

            assertThat(bob.interrupts).containsExactly(1);
            assertThat(bob.function.read(MSIX_BAR, MsixTable.PBA_OFFSET, 4)).isZero();
        }
    }

    @Test
    void msixTable_keepsAddressAndData() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.bare(FunctionSpec.defaults(), Optional.empty());
            host.function.write(MSIX_BAR, 32, 8, 0xFEE0_0000_1234L);

            assertThat(host.function.read(MSIX_BAR, 32, 8)).isEqualTo(0xFEE0_0000_1234L);
            assertThat(host.function.read(MSIX_BAR, 44, 4)).isEqualTo(1);
        }
    }
}
