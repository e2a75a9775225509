package io.erdma.core.hal.device;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.Mmio;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InProcessFunctionTest {
    private final PlainModel model = new PlainModel(4);
    private final DmaSpace space = new DmaSpace(new DmaDomain());
    private final LeakLedger ledger = new LeakLedger();
    private final InProcessFunction function = new InProcessFunction(model, space, ledger, InProcessOptions.STRICT);

    @Test
    void identityAndBars_areTheModels() {
        assertThat(function.identity()).isEqualTo(model.identity());
        assertThat(function.memoryBars()).isEqualTo(0b101);
        assertThat(function.present()).isTrue();
        assertThat(model.memory).isSameAs(space);
    }

    @Test
    void enable_letsDmaThrough_disableEndsIt() {
        DmaMemory memory = function.allocateCoherent(64, 8);
        assertThat(space.find(memory.deviceAddress())).isSameAs(DmaWindow.NONE);
        function.enable();
        assertThat(space.find(memory.deviceAddress()).isOpen()).isTrue();
        assertErrno(Errno.EBUSY, function::enable).contains("0000:00:05.0");
        function.disable();
        function.disable();
        assertThat(space.find(memory.deviceAddress())).isSameAs(DmaWindow.NONE);
        function.enable();
        assertThat(space.find(memory.deviceAddress()).isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 1, 3, 6, 64 })
    void mapBar_ofWhatIsNoMemoryBar_isRefused(int bar) {
        assertErrno(Errno.EINVAL, () -> function.mapBar(bar)).contains("BAR " + bar);
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void bar_passesAccessesOn_withTheirWidth() {
        Bar bar = function.mapBar(0);
        assertThat(bar.bytes()).isEqualTo(PlainModel.BAR_BYTES);
        model.nextRead = 0x1_8000_0001L;
        assertThat(bar.read32(0x10)).isEqualTo(0x8000_0001);
        assertThat(bar.read64(0x18)).isEqualTo(0x1_8000_0001L);
        bar.write32(0xFFC, -2);
        bar.write64(0xFF8, -2);
        assertThat(model.accesses).containsExactly("read32 0:0x10", "read64 0:0x18", "write32 0:0xffc 0xfffffffe",
                "write64 0:0xff8 0xfffffffffffffffe");
    }

    @Test
    void bar_outsideOrUnaligned_isAnError_andReachesNothing() {
        Bar bar = function.mapBar(0);
        for (long offset : new long[]{ -4, 2, 0xFFE, 0x1000, Long.MAX_VALUE - 3 }) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bar.read32(offset));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bar.write32(offset, 1));
        }
        for (long offset : new long[]{ -8, 4, 0xFFC, 0x1000 }) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bar.read64(offset));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bar.write64(offset, 1));
        }
        assertThat(model.accesses).isEmpty();
    }

    @Test
    void slice_reachesItsPartOnly_andCountsFromItsStart() {
        Mmio slice = function.mapBar(0).slice(0x100, 0x10).slice(8, 8);
        assertThat(slice.bytes()).isEqualTo(8);
        slice.write64(0, 5);
        assertThat(model.accesses).containsExactly("write64 0:0x108 0x5");
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> slice.write32(8, 1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> slice.slice(4, 5));
    }

    @Test
    void slice_thatBeginsUnaligned_refusesAccessesThatAreUnalignedInTheBar() {
        Mmio slice = function.mapBar(0).slice(4, 16);
        slice.write64(4, 1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> slice.write64(0, 1));
    }

    @Test
    void barClose_endsItsSlices_isIdempotent_andIsCounted() {
        Bar bar = function.mapBar(0);
        Bar other = function.mapBar(0);
        Mmio slice = bar.slice(0, 8);
        assertThat(ledger.held(Resource.BAR_MAPPING)).isEqualTo(2);
        bar.close();
        bar.close();
        assertThat(ledger.held(Resource.BAR_MAPPING)).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> slice.read32(0));
        assertThatIllegalStateException().isThrownBy(() -> bar.write64(0, 0));
        other.read32(0);
    }

    @ParameterizedTest
    @ValueSource(ints = { 31, 65, 0, -1 })
    void setDmaMask_ofAnImpossibleWidth_isRefused(int bits) {
        assertErrno(Errno.EINVAL, () -> function.setDmaMask(bits)).contains(" " + bits + " ");
    }

    @Test
    void setDmaMask_takesWhatTheAddressesFit() {
        function.setDmaMask(64);
        function.setDmaMask(63);
        assertErrno(Errno.EIO, () -> function.setDmaMask(62)).contains("62");
        assertErrno(Errno.EIO, () -> function.setDmaMask(32));
    }

    @Test
    void reset_reachesTheModel_whileTheFunctionIsThere() {
        function.reset();
        assertThat(model.resets).isEqualTo(1);
        function.remove();
        function.reset();
        assertThat(model.resets).isEqualTo(1);
    }

    @Test
    void removal_leavesRegistersOfOnes_noDma_andNothingToTake() {
        function.enable();
        Bar bar = function.mapBar(0);
        DmaMemory memory = function.allocateCoherent(64, 8);
        function.remove();

        assertThat(function.present()).isFalse();
        assertThat(bar.read32(0)).isEqualTo(-1);
        assertThat(bar.read64(0)).isEqualTo(-1);
        bar.write32(0, 1);
        bar.write64(0, 1);
        assertThat(model.accesses).isEmpty();
        assertThat(space.find(memory.deviceAddress())).isSameAs(DmaWindow.NONE);
        assertErrno(Errno.ENODEV, () -> function.mapBar(0)).contains("gone");
        assertErrno(Errno.ENODEV, () -> function.allocateVectors(1, 1, Runnable::run));
        function.disable();
        assertErrno(Errno.ENODEV, function::enable);

        memory.close();
        bar.close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void removal_isToldOnce_toThoseWhoWereThereAndThoseWhoCome_butNotToThoseWhoLeft() {
        List<String> told = new ArrayList<>();
        function.onRemoval(() -> {
            told.add("bad");
            throw new IllegalStateException();
        });
        function.onRemoval(() -> told.add("early"));
        function.onRemoval(() -> told.add("left")).close();
        function.remove();
        function.remove();
        function.onRemoval(() -> told.add("late"));
        assertThat(told).containsExactly("bad", "early", "late");
    }

    @Test
    void close_tellsNobody_andGivesTheSlabsBack() {
        InProcessFunction fast = new InProcessFunction(new PlainModel(1), new DmaSpace(new DmaDomain()), ledger,
                InProcessOptions.FAST);
        List<String> told = new ArrayList<>();
        fast.onRemoval(() -> told.add("removed"));
        fast.allocateCoherent(64, 8).close();
        assertThat(ledger.held(Resource.ARENA)).isEqualTo(1);
        fast.close();
        fast.close();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(fast.present()).isFalse();
        assertThat(told).isEmpty();
    }
}
