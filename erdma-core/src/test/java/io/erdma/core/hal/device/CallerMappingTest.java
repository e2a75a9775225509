package io.erdma.core.hal.device;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerMappingTest {
    private static final int PAGE = 4096;

    private final DmaSpace space = new DmaSpace(new DmaDomain());
    private final LeakLedger ledger = new LeakLedger();
    private final DeviceAddresses addresses = new DeviceAddresses();
    private final MemorySegment memory = Arena.ofAuto().allocate(16 * PAGE, PAGE);

    CallerMappingTest() {
        space.setBusMaster(true);
    }

    private DmaMapping map(MemorySegment segment, DmaAccess access, boolean scattered) {
        return CallerMapping.open(space, addresses, ledger, segment, access, scattered);
    }

    /** What the device sees, run by run, is the caller's memory in order. */
    @Property(tries = 200)
    void runs_coverTheMemoryInOrder_withPageBorders(
            @ForAll @IntRange(max = 2 * PAGE) int start, @ForAll @IntRange(min = 1, max = 10 * PAGE) int bytes,
            @ForAll boolean scattered) {
        MemorySegment part = memory.asSlice(start, bytes);
        try (DmaMapping mapping = map(part, DmaAccess.READ_WRITE, scattered)) {
            long at = 0;
            for (int i = 0; i < mapping.runCount(); i++) {
                long deviceAddress = mapping.runAddress(i);
                DmaWindow window = space.find(deviceAddress, mapping.runBytes(i), true);
                assertThat(window.segment().address()).isEqualTo(part.address() + at);
                assertThat(window.bytes()).isEqualTo(mapping.runBytes(i));
                assertThat(deviceAddress % PAGE).isEqualTo((part.address() + at) % PAGE);
                assertThat(i == 0 || (part.address() + at) % PAGE == 0).as("run %d begins a page", i).isTrue();
                at += mapping.runBytes(i);
            }
            assertThat(at).isEqualTo(bytes);
            assertThat(mapping.segment()).isSameAs(part);
        }
        assertThat(space.windowCount()).isZero();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void scattered_isOneRunAPage_fallingAndApart() {
        DmaMapping mapping = map(memory.asSlice(100, 2 * PAGE), DmaAccess.READ, true);
        assertThat(mapping.runCount()).isEqualTo(3);
        assertThat(mapping.runBytes(0)).isEqualTo(PAGE - 100);
        assertThat(mapping.runBytes(1)).isEqualTo(PAGE);
        assertThat(mapping.runBytes(2)).isEqualTo(100);
        assertThat(mapping.runAddress(1)).isLessThan(mapping.runAddress(0) - PAGE);
        assertThat(mapping.runAddress(2)).isLessThan(mapping.runAddress(1) - PAGE);
    }

    @Test
    void unscattered_isOneRun_thatAgreesWithTheMemoryBelowOneGibibyte() {
        DmaMapping mapping = map(memory.asSlice(100), DmaAccess.READ, false);
        assertThat(mapping.runCount()).isEqualTo(1);
        assertThat((mapping.runAddress(0) ^ memory.asSlice(100).address()) & ((1L << 30) - 1)).isZero();
        assertThat(mapping.runAddress(0)).isNotEqualTo(memory.asSlice(100).address());
    }

    @Test
    void run_outOfRange_isAnError() {
        DmaMapping mapping = map(memory, DmaAccess.READ, false);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> mapping.runAddress(1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> mapping.runBytes(-1));
    }

    @Test
    void readAccess_letsTheDeviceReadOnly() {
        DmaMapping reading = map(memory.asReadOnly(), DmaAccess.READ, false);
        DmaMapping both = map(memory, DmaAccess.READ_WRITE, false);
        assertThat(space.find(reading.runAddress(0), 1, true)).isSameAs(DmaWindow.NONE);
        assertThat(space.find(reading.runAddress(0), 1, false)).isNotSameAs(DmaWindow.NONE);
        assertThat(space.find(both.runAddress(0), 1, true)).isNotSameAs(DmaWindow.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void close_takesAllRuns_isIdempotent_andIsCounted(boolean scattered) {
        DmaMapping mapping = map(memory, DmaAccess.READ, scattered);
        DmaWindow kept = space.find(mapping.runAddress(0));
        assertThat(ledger.held(Resource.DMA_MAPPING)).isEqualTo(1);
        mapping.close();
        mapping.close();
        assertThat(kept.isOpen()).isFalse();
        assertThat(space.windowCount()).isZero();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void memoryClosedUnderTheMapping_isAnExceptionOfTheAccess_andTheMappingStillCloses() {
        DmaMapping mapping;
        DmaWindow window;
        try (Arena arena = Arena.ofShared()) {
            mapping = map(arena.allocate(PAGE), DmaAccess.READ, true);
            window = space.find(mapping.runAddress(0));
        }
        assertThatIllegalStateException().isThrownBy(() -> window.segment().get(ValueLayout.JAVA_BYTE, 0));
        mapping.close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    private void assertRefused(Errno errno, MemorySegment segment, DmaAccess access, String message) {
        for (boolean scattered : new boolean[]{ false, true }) {
            assertErrno(errno, () -> map(segment, access, scattered)).contains(message);
        }
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(space.windowCount()).isZero();
    }

    @Test
    void heapMemory_isRefused() {
        assertRefused(Errno.EINVAL, MemorySegment.ofArray(new byte[8]), DmaAccess.READ, "heap");
    }

    @Test
    @SuppressWarnings("restricted") // the largest segment there can be
    void emptyMemory_andMemoryAtAddressZero_isRefused() {
        assertRefused(Errno.EINVAL, memory.asSlice(0, 0), DmaAccess.READ, "empty");
        assertRefused(Errno.EINVAL, MemorySegment.NULL, DmaAccess.READ, "empty");
        assertRefused(Errno.EINVAL, MemorySegment.NULL.reinterpret(Long.MAX_VALUE), DmaAccess.READ, "empty");
    }

    @Test
    void closedMemory_isRefused() {
        MemorySegment segment;
        try (Arena arena = Arena.ofShared()) {
            segment = arena.allocate(8);
        }
        assertRefused(Errno.EINVAL, segment, DmaAccess.READ, "closed");
    }

    @Test
    void memoryOfOneThread_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            assertRefused(Errno.EINVAL, arena.allocate(8), DmaAccess.READ, "confined");
        }
    }

    @Test
    void readOnlyMemory_isRefusedWithWriteAccess() {
        assertRefused(Errno.EINVAL, memory.asReadOnly(), DmaAccess.READ_WRITE, "read-only");
    }

    @ParameterizedTest
    @ValueSource(longs = { Long.MAX_VALUE, Long.MAX_VALUE - PAGE, 1L << 62, (1L << 62) - 1, 1L << 44 })
    @SuppressWarnings("restricted") // sizes that cannot be allocated
    void hugeMemory_isMappedOrOutOfMemory_neverAnythingElse(long bytes) {
        MemorySegment huge = MemorySegment.ofAddress(PAGE).reinterpret(bytes);
        assertErrno(Errno.ENOMEM, () -> map(huge, DmaAccess.READ, true)).contains(Long.toString(bytes));
        if (bytes >= Long.MAX_VALUE - PAGE) {
            assertErrno(Errno.ENOMEM, () -> map(huge, DmaAccess.READ, false)).contains(Long.toString(bytes));
        } else {
            map(huge, DmaAccess.READ, false).close();
        }
        map(memory, DmaAccess.READ, true).close();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(space.windowCount()).isZero();
    }

    /** Something else sits at the device address of the third run; it cannot happen with addresses of our own, but undoing must work. */
    @Test
    void failureHalfWay_undoesTheRunsBefore() {
        DeviceAddresses twin = new DeviceAddresses();
        long base = twin.take(2 * PAGE * 4, 0, PAGE);
        space.map(memory.asSlice(0, PAGE), base + 2 * PAGE, true);
        assertErrno(Errno.ENOMEM, () -> map(memory.asSlice(0, 4 * PAGE), DmaAccess.READ, true)).contains("run 2 of 4");
        assertThat(space.windowCount()).isEqualTo(1);
        assertThat(ledger.outstanding()).isEmpty();
    }
}
