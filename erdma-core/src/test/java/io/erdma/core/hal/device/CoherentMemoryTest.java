package io.erdma.core.hal.device;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoherentMemoryTest {
    private final DmaSpace space = new DmaSpace(new DmaDomain());
    private final LeakLedger ledger = new LeakLedger();

    private CoherentMemory coherent(boolean strict) {
        space.setBusMaster(true);
        return new CoherentMemory(space, new DeviceAddresses(), ledger, strict);
    }

    @ParameterizedTest
    @CsvSource({ "false,1,1", "false,100,256", "false,8192,4096", "false,3000000,1048576", "false,64,1048576",
        "true,1,1", "true,100,256", "true,8192,4096", "true,64,1048576" })
    void allocate_givesZeroedAlignedMemory_thatTheDeviceSees(boolean strict, long bytes, long alignment) {
        DmaMemory memory = coherent(strict).allocate(bytes, alignment);
        assertThat(memory.bytes()).isEqualTo(bytes);
        assertThat(memory.segment().address() % alignment).isZero();
        assertThat(memory.deviceAddress() % alignment).isZero();
        assertThat(memory.deviceAddress() % 4096).isZero();
        assertThat(memory.deviceAddress()).isNotEqualTo(memory.segment().address());
        assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);

        DmaWindow window = space.find(memory.deviceAddress(), bytes, true);
        window.segment().set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 7);
        assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
        assertThat(space.find(memory.deviceAddress() + bytes)).as("nothing behind it").isSameAs(DmaWindow.NONE);
        assertThat(space.find(memory.deviceAddress() - 1)).as("nothing before it").isSameAs(DmaWindow.NONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void close_takesItFromTheDevice_isIdempotent_andIsCounted(boolean strict) {
        CoherentMemory coherent = coherent(strict);
        DmaMemory memory = coherent.allocate(100, 8);
        DmaMemory other = coherent.allocate(50, 8);
        DmaWindow kept = space.find(memory.deviceAddress());
        assertThat(ledger.held(Resource.DMA_MEMORY)).isEqualTo(2);
        assertThat(ledger.held(Resource.DMA_BYTES)).isEqualTo(150);
        memory.close();
        memory.close();
        assertThat(ledger.held(Resource.DMA_MEMORY)).isEqualTo(1);
        assertThat(ledger.held(Resource.DMA_BYTES)).isEqualTo(50);
        assertThat(kept.isOpen()).isFalse();
        assertThat(space.find(memory.deviceAddress())).isSameAs(DmaWindow.NONE);
        other.close();
        coherent.trim();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void strictMode_noticesAUseAfterClose() {
        DmaMemory memory = coherent(true).allocate(8, 8);
        memory.close();
        assertThatIllegalStateException().isThrownBy(() -> memory.segment().get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void slabs_areShared_reusedAndZeroedAgain() {
        CoherentMemory coherent = coherent(false);
        List<DmaMemory> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            all.add(coherent.allocate(4096, 4096));
        }
        assertThat(ledger.held(Resource.ARENA)).isEqualTo(1);
        DmaMemory first = all.removeFirst();
        first.segment().fill((byte) 0xFF);
        long host = first.segment().address();
        long device = first.deviceAddress();
        first.close();
        DmaMemory again = coherent.allocate(4096, 4096);
        assertThat(again.segment().address()).isEqualTo(host);
        assertThat(again.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(again.deviceAddress()).as("a stale address leads nowhere").isNotEqualTo(device);
        all.forEach(DmaMemory::close);
        again.close();
        coherent.trim();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void trim_keepsSlabsInUse() {
        CoherentMemory coherent = coherent(false);
        DmaMemory memory = coherent.allocate(8, 8);
        coherent.trim();
        memory.segment().set(ValueLayout.JAVA_LONG, 0, 1);
        assertThat(ledger.held(Resource.ARENA)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({ "0,8", "-1,8", "8,0", "8,3", "8,-8", "8,2097152", "-9223372036854775808,8", "8,-9223372036854775808" })
    void allocate_ofBadSizes_isRefused(long bytes, long alignment) {
        assertErrno(Errno.EINVAL, () -> coherent(false).allocate(bytes, alignment))
                .contains(bytes + " bytes aligned to " + alignment);
        assertThat(ledger.outstanding()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = { Long.MAX_VALUE, Long.MAX_VALUE - 4096, 1L << 62, (1L << 40) + 1, 1L << 40 })
    void allocate_ofTooMuch_isOutOfMemory_andHoldsNothing(long bytes) {
        assertErrno(Errno.ENOMEM, () -> coherent(false).allocate(bytes, 4096)).contains(bytes + " bytes");
        assertErrno(Errno.ENOMEM, () -> coherent(true).allocate(bytes, 4096));
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(space.windowCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void allocate_withoutDeviceAddresses_isOutOfMemory_andHoldsNothing(boolean strict) {
        CoherentMemory coherent = new CoherentMemory(space, new DeviceAddresses(Long.MAX_VALUE - 4096), ledger, strict);
        assertErrno(Errno.ENOMEM, () -> coherent.allocate(4096, 4096)).contains("device addresses");
        coherent.trim();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(space.windowCount()).isZero();
    }
}
