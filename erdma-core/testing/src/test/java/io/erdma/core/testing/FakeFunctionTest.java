package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.InProcessOptions;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FakeFunctionTest {
    private final FakeFunction function = FakeFunction.create();
    private final Bar bar = function.pci().mapBar(0);

    @Test
    void create_isAnEnabledErdmaFunction() {
        assertThat(function.pci().identity()).isEqualTo(new PciIdentity("0000:00:05.0", 0x1DED, 0x107F, 0));
        assertThat(function.pci().memoryBars()).isEqualTo(0b101);
        assertThat(bar.bytes()).isEqualTo(512 << 10);
        assertThat(function.pci().allocateVectors(1, 99, Runnable::run).count()).isEqualTo(32);
    }

    @Test
    void builder_setsEverything() {
        PciIdentity other = new PciIdentity("0000:00:06.0", 1, 2, 3);
        FakeFunction built = FakeFunction.builder().identity(other).barBytes(4096).vectors(2)
                .options(InProcessOptions.FAST).ledger(function.ledger()).domain(function.memory().domain()).build();
        built.pci().enable();
        assertThat(built.pci().identity()).isEqualTo(other);
        assertThat(built.pci().mapBar(0).bytes()).isEqualTo(4096);
        assertThat(built.pci().allocateVectors(1, 99, Runnable::run).count()).isEqualTo(2);
        assertThat(built.ledger()).isSameAs(function.ledger());
        assertThat(built.memory().domain()).isSameAs(function.memory().domain());
    }

    @Test
    void registers_arePlainLittleEndianMemory() {
        bar.write64(0x50, 0x1122_3344_5566_7788L);
        assertThat(bar.read32(0x50)).isEqualTo(0x5566_7788);
        assertThat(bar.read32(0x54)).isEqualTo(0x1122_3344);
        assertThat(bar.read64(0x50)).isEqualTo(0x1122_3344_5566_7788L);
        function.set32(0x54, -1).set64(0x60, -2);
        assertThat(bar.read64(0x50)).isEqualTo(0xFFFF_FFFF_5566_7788L);
        assertThat(function.get32(0x50)).isEqualTo(0x5566_7788);
        assertThat(function.get64(0x60)).isEqualTo(-2);
    }

    @Test
    void writes_areRememberedInOrder_andForgottenWhenTold() {
        bar.write32(0x10, -1);
        bar.write64(0x50, -1);
        bar.write32(0x10, 2);
        assertThat(function.writes()).containsExactly(MmioWrite.write32(0x10, -1), MmioWrite.write64(0x50, -1),
                MmioWrite.write32(0x10, 2));
        assertThat(function.writesTo(0x10)).containsExactly(0xFFFF_FFFFL, 2L);
        assertThat(function.writes().getFirst()).hasToString("BAR 0 0x10 := 0xffffffff (32 bits)");
        function.forgetWrites();
        assertThat(function.writes()).isEmpty();
    }

    @Test
    void scripts_answerReads_andSeeWrites() {
        List<Long> seen = new ArrayList<>();
        function.answers(0x14, 0, 0, 2).onWrite(0x10, seen::add).onRead(0x80, () -> -1);
        assertThat(List.of(bar.read32(0x14), bar.read32(0x14), bar.read32(0x14), bar.read32(0x14)))
                .containsExactly(0, 0, 2, 2);
        bar.write32(0x10, 1);
        assertThat(seen).containsExactly(1L);
        assertThat(function.get32(0x10)).as("a script sees the write, the register holds it").isEqualTo(1);
        assertThat(bar.read64(0x80)).isEqualTo(-1);
        assertThat(bar.read32(0x80)).isEqualTo(-1);
    }

    @Test
    void memory_isWhatTheDriverAllocated_andGoesWithIt() {
        DmaMemory memory = function.pci().allocateCoherent(100, 64);
        memory.segment().set(ValueLayout.JAVA_BYTE, 99, (byte) 5);
        assertThat(function.at(memory.deviceAddress() + 99, 1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 5);
        assertThat(function.reaches(memory.deviceAddress(), 100)).isTrue();
        assertThat(function.reaches(memory.deviceAddress(), 101)).isFalse();
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> function.at(memory.deviceAddress(), 101))
                .withMessageContaining("101 bytes at 0x");
        memory.close();
        assertThat(function.reaches(memory.deviceAddress(), 1)).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> memory.segment().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void raise_isPendingUntilBound_thenDelivered() {
        AtomicInteger handled = new AtomicInteger();
        InterruptVectors vectors = function.pci().allocateVectors(1, 4, Runnable::run);
        assertThat(function.isMasked(1)).isTrue();
        function.raise(1);
        assertThat(function.isPending(1)).isTrue();
        vectors.bind(1, handled::incrementAndGet);
        assertThat(handled).hasValue(1);
        assertThat(function.isPending(1)).isFalse();
        assertThat(function.isMasked(1)).isFalse();
        function.raise(1);
        assertThat(handled).hasValue(2);
        vectors.mask(1);
        function.raise(1);
        assertThat(handled).hasValue(2);
        assertThat(function.isPending(1)).isTrue();
    }

    @Test
    void reset_masksAndForgetsPending_andRunsTheScript() {
        AtomicInteger scripted = new AtomicInteger();
        function.onReset(scripted::incrementAndGet);
        InterruptVectors vectors = function.pci().allocateVectors(1, 4, Runnable::run);
        vectors.bind(0, () -> {});
        function.raise(3);
        function.pci().reset();
        assertThat(function.isMasked(0)).isTrue();
        assertThat(function.isPending(3)).isFalse();
        assertThat(function.resets()).isEqualTo(1);
        assertThat(scripted).hasValue(1);
    }

    @Test
    void remove_isASurprise() {
        function.remove();
        assertThat(function.pci().present()).isFalse();
        assertThat(bar.read32(0)).isEqualTo(-1);
    }
}
