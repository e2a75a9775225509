package io.erdma.core.fault;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FaultyFunctionTest {
    private static final MemorySegment MEMORY = MemorySegment.ofArray(new byte[24]);
    private static final Runnable NOTHING = () -> {};

    private final PciFunction function = mock(PciFunction.class);
    private final InterruptVectors vectors = mock(InterruptVectors.class);
    private final FaultPlan plan = new FaultPlan();
    private final FaultyFunction faulty = new FaultyFunction(function, plan);

    private interface Call {
        void on(PciFunction function);
    }

    static Stream<Arguments> callsThatCanFail() {
        return Stream.of(call(FaultPoint.HAL_ENABLE, 0, PciFunction::enable),
                call(FaultPoint.HAL_MAP_BAR, 2, f -> f.mapBar(2)),
                call(FaultPoint.HAL_DMA_MASK, 64, f -> f.setDmaMask(64)),
                call(FaultPoint.HAL_ALLOCATE, 100, f -> f.allocateCoherent(100, 8)),
                call(FaultPoint.HAL_MAP, 24, f -> f.map(MEMORY, DmaAccess.READ)),
                call(FaultPoint.HAL_VECTORS, 5, f -> f.allocateVectors(1, 5, Runnable::run)));
    }

    private static Arguments call(FaultPoint point, long detail, Call call) {
        return Arguments.of(point, detail, call);
    }

    @ParameterizedTest
    @MethodSource("callsThatCanFail")
    void plannedFault_failsTheCall_beforeTheFunctionSeesIt(FaultPoint point, long detail, Call call) {
        plan.once(point, detail, new FaultAction.Fail(Errno.ENOMEM));
        ThrowingCallable attempt = () -> call.on(faulty);
        assertErrno(Errno.ENOMEM, attempt).contains(point.name()).contains(Long.toString(detail));
        verifyNoMoreInteractions(function);
    }

    @ParameterizedTest
    @MethodSource("callsThatCanFail")
    void withoutAFault_orWithOneThatMakesNoSenseThere_theCallGoesThrough(FaultPoint point, long detail, Call call) {
        plan.once(point, detail, new FaultAction.Drop());
        call.on(faulty);
        call.on(faulty);
        call.on(verify(function, times(2)));
    }

    @Test
    void results_areTheFunctionsOwn() {
        PciIdentity identity = new PciIdentity("0000:00:05.0", 1, 2, 3);
        Bar bar = mock(Bar.class);
        DmaMemory memory = mock(DmaMemory.class);
        DmaMapping mapping = mock(DmaMapping.class);
        PciFunction.RemovalWatch registration = () -> {};
        when(function.identity()).thenReturn(identity);
        when(function.memoryBars()).thenReturn(5);
        when(function.present()).thenReturn(true);
        when(function.mapBar(0)).thenReturn(bar);
        when(function.allocateCoherent(8, 4)).thenReturn(memory);
        when(function.map(MEMORY, DmaAccess.READ_WRITE)).thenReturn(mapping);
        when(function.onRemoval(NOTHING)).thenReturn(registration);
        assertThat(faulty.identity()).isSameAs(identity);
        assertThat(faulty.memoryBars()).isEqualTo(5);
        assertThat(faulty.present()).isTrue();
        assertThat(faulty.mapBar(0)).isSameAs(bar);
        assertThat(faulty.allocateCoherent(8, 4)).isSameAs(memory);
        assertThat(faulty.map(MEMORY, DmaAccess.READ_WRITE)).isSameAs(mapping);
        assertThat(faulty.onRemoval(NOTHING)).isSameAs(registration);
        faulty.disable();
        verify(function).disable();
        faulty.reset();
        verify(function).reset();
    }

    @Test
    void bindingAVector_failsByPlan_theRestGoesThrough() {
        when(function.allocateVectors(anyInt(), anyInt(), any())).thenReturn(vectors);
        when(vectors.count()).thenReturn(4);
        plan.once(FaultPoint.HAL_BIND_VECTOR, 3, new FaultAction.Fail(Errno.EBUSY));
        InterruptVectors given = faulty.allocateVectors(1, 4, Runnable::run);
        given.bind(1, NOTHING);
        assertErrno(Errno.EBUSY, () -> given.bind(3, NOTHING)).contains("HAL_BIND_VECTOR 3");
        given.bind(3, NOTHING);
        given.mask(1);
        given.unmask(2);
        given.unbind(1);
        given.close();
        assertThat(given.count()).isEqualTo(4);
        verify(vectors).bind(1, NOTHING);
        verify(vectors).bind(3, NOTHING);
        verify(vectors).mask(1);
        verify(vectors).unmask(2);
        verify(vectors).unbind(1);
        verify(vectors).close();
    }
}
