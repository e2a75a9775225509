package io.erdma.core.hal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DmaSpaceTest {
    private static final long AT = 0x1000;
    private static final long BYTES = 0x100;

    private final DmaSpace space = new DmaSpace(new DmaDomain());
    private final MemorySegment memory = Arena.ofAuto().allocate(BYTES);

    @Test
    void find_withoutBusMastering_findsNothing() {
        space.map(memory, AT, true);
        assertThat(space.find(AT)).isSameAs(DmaWindow.NONE);
        assertThat(space.windowCount()).isEqualTo(1);
        space.setBusMaster(true);
        assertThat(space.find(AT).isOpen()).isTrue();
    }

    @Test
    void find_givesTheWindowOfEachByte_andNoneBeside() {
        space.setBusMaster(true);
        space.map(memory, AT, true);
        DmaWindow window = space.find(AT + BYTES - 1);
        assertThat(window.segment()).isEqualTo(memory);
        assertThat(window.base()).isEqualTo(AT);
        assertThat(window.bytes()).isEqualTo(BYTES);
        assertThat(window.offsetOf(AT + 5)).isEqualTo(5);
        assertThat(space.find(AT - 1)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT + BYTES)).isSameAs(DmaWindow.NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = { Long.MIN_VALUE, -1, 0, AT - 1, AT + BYTES, Long.MAX_VALUE })
    void find_ofAnyAddressOutside_isNone(long address) {
        space.setBusMaster(true);
        space.map(memory, AT, true);
        assertThat(space.find(address)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(address, 0, false)).isSameAs(DmaWindow.NONE);
    }

    @Test
    void find_ofARange_needsAllOfIt_andTheRight() {
        space.setBusMaster(true);
        space.map(memory, AT, false);
        assertThat(space.find(AT, BYTES, false)).isNotSameAs(DmaWindow.NONE);
        assertThat(space.find(AT, BYTES, true)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT, BYTES + 1, false)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT + 1, BYTES, false)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT, -1, false)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT, Long.MAX_VALUE, false)).isSameAs(DmaWindow.NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = { AT, AT + 1, AT - 1, AT - BYTES + 1, AT + BYTES - 1, -1, Long.MIN_VALUE,
        Long.MAX_VALUE - BYTES + 1 })
    void map_overAWindow_belowZeroOrBeyondTheEnd_isAnError_andChangesNothing(long address) {
        space.map(memory, AT, true);
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(memory, address, true));
        assertThat(space.windowCount()).isEqualTo(1);
    }

    @Test
    void map_ofNothing_isAnError() {
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(memory.asSlice(0, 0), AT, true));
    }

    @Test
    void map_ofNeighbours_isNoOverlap() {
        space.setBusMaster(true);
        space.map(memory, AT, true);
        space.map(memory, AT + BYTES, true);
        space.map(memory, AT - BYTES, true);
        space.map(memory, Long.MAX_VALUE - BYTES, true);
        assertThat(space.find(AT + BYTES).base()).isEqualTo(AT + BYTES);
        assertThat(space.find(AT - 1).base()).isEqualTo(AT - BYTES);
    }

    @Test
    void unmap_closesTheWindow_forThoseWhoKeptIt() {
        space.setBusMaster(true);
        space.map(memory, AT, true);
        DmaWindow kept = space.find(AT);
        space.unmap(AT + 1);
        assertThat(kept.isOpen()).as("unmapped by its first address only").isTrue();
        space.unmap(AT);
        assertThat(kept.isOpen()).isFalse();
        assertThat(space.find(AT)).isSameAs(DmaWindow.NONE);
        space.unmap(AT);
        assertThat(space.windowCount()).isZero();
    }

    @Test
    void unmapAll_takesThoseThatAreThere() {
        space.setBusMaster(true);
        space.map(memory, AT, true);
        space.map(memory, 2 * AT, true);
        space.map(memory, 3 * AT, true);
        space.unmapAll(new long[]{ 3 * AT, 99, AT });
        assertThat(space.windowCount()).isEqualTo(1);
        assertThat(space.find(2 * AT).isOpen()).isTrue();
    }

    @Test
    void busMasteringOffAndOn_closesKeptWindows_andGivesNewOnes() {
        space.setBusMaster(true);
        space.map(memory, AT, false);
        DmaWindow kept = space.find(AT);
        space.setBusMaster(false);
        assertThat(kept.isOpen()).isFalse();
        assertThat(space.find(AT)).isSameAs(DmaWindow.NONE);
        space.setBusMaster(true);
        assertThat(space.find(AT).isOpen()).isTrue();
        assertThat(space.find(AT).writable()).isFalse();
        assertThat(kept.isOpen()).isFalse();
    }

    @Test
    void noneWindow_isEmptyAndClosed() {
        assertThat(DmaWindow.NONE.isOpen()).isFalse();
        assertThat(DmaWindow.NONE.bytes()).isZero();
        assertThat(DmaWindow.NONE.contains(0, 1)).isFalse();
    }

    /** Host memory that is asked for. */
    private static final class Asked implements FarMemory {
        @Override
        public boolean read(long deviceAddress, MemorySegment target, long offset, long bytes) {
            return true;
        }

        @Override
        public boolean write(long deviceAddress, MemorySegment source, long offset, long bytes) {
            return true;
        }
    }

    @Test
    void farMemory_isFoundAsItIs_andHasNoBytesToSee() {
        space.setBusMaster(true);
        Asked far = new Asked();
        space.map(far, AT, BYTES, false);
        space.map(memory, AT + BYTES, true);
        DmaWindow window = space.find(AT + 1, BYTES - 1, false);
        assertThat(window.isFar()).isTrue();
        assertThat(window.far()).isSameAs(far);
        assertThat(window.bytes()).isEqualTo(BYTES);
        assertThat(window.segment().byteSize()).isZero();
        assertThat(space.find(AT, 1, true)).as("read only").isSameAs(DmaWindow.NONE);
        assertThat(space.find(AT + BYTES).isFar()).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(far, AT + BYTES - 1, 1, true));
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(far, AT - 1, 0, true));
        assertThatIllegalArgumentException().isThrownBy(() -> space.map(far, Long.MAX_VALUE - 1, 2, true));
    }

    @Test
    void farMemory_comesBackWithBusMastering_inANewWindow() {
        space.setBusMaster(true);
        Asked far = new Asked();
        space.map(far, AT, BYTES, true);
        DmaWindow before = space.find(AT);
        space.setBusMaster(false);
        assertThat(before.isOpen()).isFalse();
        space.setBusMaster(true);
        assertThat(space.find(AT)).isNotSameAs(before);
        assertThat(space.find(AT).far()).isSameAs(far);
        space.unmap(AT);
        assertThat(space.find(AT)).isSameAs(DmaWindow.NONE);
    }

    @Test
    void nowhere_givesAndTakesNothing() {
        assertThat(DmaWindow.NONE.isFar()).isFalse();
        assertThat(DmaWindow.NONE.far().read(0, memory, 0, 1)).isFalse();
        assertThat(DmaWindow.NONE.far().write(0, memory, 0, 1)).isFalse();
    }
}
