package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Aeqe;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.RegMr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory whose arena is closed under its mapping: an error of whoever names it, never more. */
@SuppressWarnings("MustBeClosedChecker") // closed where the test is about it
class ClosedArenaTest {
    private static final long AT = 1L << 42;
    private static final int INDEX = 50;

    private static Arena mapped(DmaSpace space) {
        Arena arena = Arena.ofShared();
        space.map(arena.allocate(8192, 4096), AT, true);
        return arena;
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 3 })
    void translationTable_thatIsGone_isRefused_andLaterCommandsAreDone(int level) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            mapped(host.space).close();

            int syndrome = host.command(CommandOpcode.REG_MR, (slot, offset) -> {
                RegMr.setMptIndex(slot, offset, INDEX);
                RegMr.setValid(slot, offset, true);
                RegMr.setVersion(slot, offset, level == 1 ? RegMr.VERSION_NARROW : RegMr.VERSION_WIDE);
                RegMr.setPd(slot, offset, TestHost.PD);
                RegMr.setLengthLow(slot, offset, 4096);
                RegMr.setPageShift(slot, offset, 12);
                RegMr.setMttPageShift(slot, offset, 12);
                RegMr.setMttLevel(slot, offset, level);
                RegMr.setMttEntriesLow(slot, offset, 1);
                RegMr.setTableAddress(slot, offset, AT);
            });

            assertThat(syndrome).isNotZero();
            assertThat(host.command(CommandOpcode.QUERY_DEVICE, (slot, offset) -> {})).isZero();
            assertThat(host.errorEvents.takeError()).isNull();
            host.space.unmap(AT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void tableOfAFastRegisterRegion_thatIsGone_failsItsRequest_andTheRegionCanBeRegisteredLater(boolean back) {
        try (Pair pair = new Pair()) {
            TestHost host = pair.alice;
            Arena arena = mapped(host.space);
            assertThat(host.command(CommandOpcode.REG_MR, (slot, offset) -> {
                RegMr.setMptIndex(slot, offset, INDEX);
                RegMr.setPd(slot, offset, TestHost.PD);
                RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
                RegMr.setRights(slot, offset, AccessRights.ALL_BUT_ATOMIC);
                RegMr.setPageShift(slot, offset, 12);
                RegMr.setMttLevel(slot, offset, 1);
                RegMr.setMttEntriesLow(slot, offset, 8);
                RegMr.setTableAddress(slot, offset, AT);
            })).isZero();
            arena.close();

            pair.out.registerTable(0, INDEX << 8 | 1, AccessRights.LOCAL_READ, 0, 5 << 12, 5)
                    .write(0, 0, 0).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.LOCAL_ADDRESS);
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.FLUSHED);
            host.space.unmap(AT);
            if (back) {
                registerAgain(host);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "in RTS", "while it is flushed" })
    void sendQueue_thatIsGone_stops_andItsReceivesAreFlushed(String when) {
        try (Pair pair = new Pair()) {
            TestHost host = pair.alice;
            Arena arena = Arena.ofShared();
            MemorySegment memory = arena.allocate(8192, 4096);
            host.space.map(memory, AT, true);
            TestCq cq = host.cq(4);
            TestQp qp = new TestQp(host, 20, cq, cq, 4, 4, new Place(AT, memory), host.memory.place(32 << 4, 4096),
                    host.memory.place(16, 8));
            assertThat(host.createQp(qp)).isZero();
            TestQp peer = pair.bob.qp(pair.bobCq);
            TestHost.join(qp, peer);
            qp.receive(pair.from(0, 8));
            qp.receive(pair.from(0, 8));
            boolean flushed = when.equals("while it is flushed");
            arena.close();
            if (flushed) {
                assertThat(host.modify(qp, IwarpQpState.ERROR)).isZero();
            }

            host.write64(DoorbellSpace.KERNEL_SQ_OFFSET, SqDoorbell.compose(qp.qpn, 1));

            assertThat(cq.pollAll()).extracting(TestCq.Completion::wqeIndex).containsExactly(0, 1);
            TestHost.Event event = host.errorEvents.takeError();
            if (flushed) {
                assertThat(event).isNull();
            } else {
                assertThat(event).isEqualTo(new TestHost.Event(Aeqe.OTHER, 0, qp.qpn));
            }
            qp.receive(pair.from(0, 8));
            assertThat(cq.poll().syndrome()).isEqualTo(Syndrome.FLUSHED);
            assertThat(host.function.counter(ModelCounter.DMA_ERRORS)).isEqualTo(1);
            host.space.unmap(AT);
        }
    }

    /** On another QP, with the table's memory there again. */
    private static void registerAgain(TestHost host) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment table = arena.allocate(4096, 4096);
            host.space.map(table, AT, true);
            for (int i = 0; i < 5; i++) {
                table.setAtIndex(ValueLayout.JAVA_LONG, i, HostMemoryArea.BASE + (i << 12));
            }
            TestQp qp = host.qp(host.cq(4));
            TestHost.join(qp, host.qp(host.cq(4)));
            qp.registerTable(TestQp.SIGNALED, INDEX << 8 | 1, AccessRights.LOCAL_READ, 0, 5 << 12, 5).ring();
            assertThat(qp.sendCq.poll().syndrome()).isZero();
            host.space.unmap(AT);
        }
    }
}
