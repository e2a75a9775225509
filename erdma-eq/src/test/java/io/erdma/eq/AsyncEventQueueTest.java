package io.erdma.eq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;

import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.MmioWrite;
import io.erdma.hw.Aeqe;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.Registers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

class AsyncEventQueueTest {
    private final FakeFunction function = FakeFunction.create();
    private final Bar bar = function.pci().mapBar(0);
    private final DmaPool records = new DmaPool(function.pci(), 8);
    private final AsyncEventSink sink = mock();
    private AsyncEventQueue queue;
    private DeviceSideRing device;

    @BeforeEach
    void create() {
        queue = AsyncEventQueue.create(function.pci(), bar, records, sink);
        long address = function.get32(Registers.AEQ_ADDR_L) & 0xFFFF_FFFFL
                | (long) function.get32(Registers.AEQ_ADDR_H) << 32;
        device = new DeviceSideRing(function, address, 4096);
    }

    @AfterEach
    void close() {
        queue.close();
        queue.close();
        records.close();
        bar.close();
        assertThat(function.ledger().outstanding()).isEmpty();
    }

    @Test
    void create_writesAddressHighHalfFirst_thenDepthThenRecord() {
        assertThat(function.writes()).extracting(MmioWrite::offset).containsExactly(
                (long) Registers.AEQ_ADDR_H, (long) Registers.AEQ_ADDR_L, (long) Registers.AEQ_DEPTH,
                (long) Registers.AEQ_DB_HOST_ADDR);
        assertThat(function.get32(Registers.AEQ_DEPTH)).isEqualTo(4096);
        assertThat(function.reaches(function.get64(Registers.AEQ_DB_HOST_ADDR), 8)).isTrue();
    }

    @Test
    void handler_tellsQpAndCqEventsInOrder() {
        device.async(Aeqe.QP_FATAL, 5);
        device.async(Aeqe.CQ_ERROR, 7);
        device.async(Aeqe.ACCESS_ERROR, 6);
        queue.handleInterrupt();
        InOrder order = inOrder(sink);
        order.verify(sink).qpEvent(5, Aeqe.QP_FATAL);
        order.verify(sink).cqEvent(7);
        order.verify(sink).qpEvent(6, Aeqe.ACCESS_ERROR);
        order.verifyNoMoreInteractions();
        assertThat(queue.state().events()).isEqualTo(3);
    }

    @Test
    void handler_withoutEvents_ringsTheDoorbellAllTheSame() {
        function.forgetWrites();
        queue.handleInterrupt();
        verifyNoInteractions(sink);
        assertThat(function.writesTo(Registers.AEQ_DB)).containsExactly(EqDoorbell.compose(true, 0));
    }

    @Test
    void handler_takesSixteenEventsAtMost_andLeavesTheRestForTheNextInterrupt() {
        for (int n = 0; n < 20; n++) {
            device.async(Aeqe.QP_FATAL, n);
        }
        queue.handleInterrupt();
        verify(sink, times(16)).qpEvent(anyInt(), anyInt());
        assertThat(function.writesTo(Registers.AEQ_DB)).containsExactly(EqDoorbell.compose(true, 16));
        queue.handleInterrupt();
        verify(sink, times(20)).qpEvent(anyInt(), anyInt());
    }
}
