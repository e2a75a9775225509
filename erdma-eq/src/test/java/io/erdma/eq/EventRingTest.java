package io.erdma.eq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.testing.FakeFunction;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import io.erdma.hw.EqDoorbell;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventRingTest {
    private static final long DOORBELL = 0x108;

    private final FakeFunction function = FakeFunction.create();
    private final Bar bar = function.pci().mapBar(0);
    private final DmaPool records = new DmaPool(function.pci(), 8);

    @AfterEach
    void nothingIsLeft() {
        records.close();
        bar.close();
        assertThat(function.ledger().outstanding()).isEmpty();
    }

    private EventRing ring(int depth) {
        return EventRing.create(function.pci(), records, depth, bar.slice(DOORBELL, 8));
    }

    @Test
    void poll_onFreshRing_findsNothing() {
        try (EventRing ring = ring(16)) {
            assertThat(ring.poll()).isEqualTo(EventRing.EMPTY);
            assertThat(ring.consumerIndex()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 16, 4096, 32768 })
    void poll_takesEveryEntryOnceInOrder_overLapsAndThe16BitOverflow(int depth) {
        try (EventRing ring = ring(depth)) {
            DeviceSideRing device = new DeviceSideRing(function, ring.deviceAddress(), depth);
            for (int n = 0; n < (1 << 16) + 3 * depth; n++) {
                device.completion(n & 0xFFFFF);
                long at = ring.poll();
                assertThat(at).isNotEqualTo(EventRing.EMPTY);
                assertThat(Ceqe.cqn(Ceqe.load(ring.entries(), at))).isEqualTo(n & 0xFFFFF);
                assertThat(ring.poll()).isEqualTo(EventRing.EMPTY);
                assertThat(ring.consumerIndex()).isEqualTo((n + 1) & 0xFFFF);
            }
        }
    }

    @Test
    void poll_takesAFullRing() {
        try (EventRing ring = ring(8)) {
            DeviceSideRing device = new DeviceSideRing(function, ring.deviceAddress(), 8);
            for (int lap = 0; lap < 3; lap++) {
                for (int n = 0; n < 8; n++) {
                    device.completion(n);
                }
                for (int n = 0; n < 8; n++) {
                    assertThat(ring.poll()).isEqualTo((long) n * Aeqe.BYTES);
                }
                assertThat(ring.poll()).isEqualTo(EventRing.EMPTY);
            }
        }
    }

    @Test
    void ring_storesTheRecordThenWritesTheRegister_armed() {
        try (EventRing ring = ring(8)) {
            new DeviceSideRing(function, ring.deviceAddress(), 8).completion(1);
            ring.poll();
            long[] recordAtWrite = new long[1];
            function.onWrite(DOORBELL, value -> recordAtWrite[0] = function.at(ring.recordAddress(), 8)
                    .get(java.lang.foreign.ValueLayout.JAVA_LONG, 0));
            ring.ring();
            long value = EqDoorbell.compose(true, 1);
            assertThat(function.writesTo(DOORBELL)).containsExactly(value);
            assertThat(recordAtWrite[0]).isEqualTo(value);
        }
    }

    @Test
    void create_refusesDepthsThatAreNoPowerOfTwoUpTo32768() {
        for (int depth : new int[]{ 0, -1, 3, 65536 }) {
            assertThatIllegalArgumentException().isThrownBy(() -> ring(depth));
        }
    }

    @Test
    void create_withoutMemoryForTheRecord_givesTheRingBack() {
        FaultPlan plan = new FaultPlan();
        plan.once(FaultPoint.HAL_ALLOCATE, 4096, new FaultAction.Fail(Errno.ENOMEM));
        try (DmaPool failing = new DmaPool(new FaultyFunction(function.pci(), plan), 8)) {
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> EventRing.create(function.pci(), failing, 16, bar.slice(DOORBELL, 8)))
                    .extracting(ErrnoException::errno).isEqualTo(Errno.ENOMEM);
        }
    }
}
