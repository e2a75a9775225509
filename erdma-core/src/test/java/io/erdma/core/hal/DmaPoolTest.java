package io.erdma.core.hal;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DmaPoolTest {
    private final PciFunction function = mock(PciFunction.class);
    private final List<FakePage> pages = new ArrayList<>();

    DmaPoolTest() {
        when(function.allocateCoherent(anyLong(), anyLong())).thenAnswer(call -> {
            pages.add(new FakePage(Arena.ofAuto().allocate(4096), 0x10_0000L * (pages.size() + 1)));
            return pages.getLast();
        });
    }

    private static final class FakePage implements DmaMemory {
        private final MemorySegment segment;
        private final long deviceAddress;
        private int closed;

        FakePage(MemorySegment segment, long deviceAddress) {
            this.segment = segment;
            this.deviceAddress = deviceAddress;
        }

        @Override
        public MemorySegment segment() {
            return segment;
        }

        @Override
        public long deviceAddress() {
            return deviceAddress;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 8, 256, 4096 })
    void elements_areAligned_apart_andFillTheirPagesWhole(int bytes) {
        DmaPool pool = new DmaPool(function, bytes);
        Set<Long> addresses = new HashSet<>();
        for (int i = 0; i < 2 * 4096 / bytes; i++) {
            DmaMemory element = pool.allocate();
            assertThat(element.bytes()).isEqualTo(bytes);
            assertThat(element.deviceAddress() % bytes).isZero();
            FakePage page = pages.getLast();
            assertThat(element.segment().address() - page.segment.address())
                    .isEqualTo(element.deviceAddress() - page.deviceAddress);
            assertThat(addresses.add(element.deviceAddress())).isTrue();
        }
        verify(function, times(2)).allocateCoherent(4096, 4096);
        assertThat(pool.inUse()).isEqualTo(2 * 4096 / bytes);
    }

    @Test
    void element_comesBackZeroed_andOnlyOnce() {
        DmaPool pool = new DmaPool(function, 4096);
        DmaMemory element = pool.allocate();
        element.segment().set(ValueLayout.JAVA_LONG, 0, -1);
        element.close();
        element.close();
        assertThat(pool.inUse()).isZero();
        DmaMemory again = pool.allocate();
        assertThat(again.segment().get(ValueLayout.JAVA_LONG, 0)).isZero();
        pool.allocate();
        assertThat(pages).as("a double close does not give the element out twice").hasSize(2);
    }

    @Test
    void allocate_withoutMemory_isRefused_andChangesNothing() {
        PciFunction poor = mock(PciFunction.class);
        when(poor.allocateCoherent(anyLong(), anyLong())).thenThrow(new ErrnoException(Errno.ENOMEM));
        DmaPool pool = new DmaPool(poor, 8);
        assertErrno(Errno.ENOMEM, pool::allocate);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void close_freesThePages_withWhatIsOut_andTheElementsCanStillBeClosed() {
        DmaPool pool = new DmaPool(function, 8);
        DmaMemory out = pool.allocate();
        pool.close();
        pool.close();
        assertThat(pages.getFirst().closed).isEqualTo(1);
        out.close();
        assertErrno(Errno.ENODEV, pool::allocate).contains("8-byte");
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 4, 12, 8192, -8, Integer.MIN_VALUE })
    void pool_ofABadElementSize_isAnError(int bytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> new DmaPool(function, bytes))
                .withMessageContaining(Integer.toString(bytes));
    }
}
