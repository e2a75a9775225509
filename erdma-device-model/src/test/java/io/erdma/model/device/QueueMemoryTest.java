package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Mtt;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.FreeDb;
import io.erdma.model.spec.FunctionSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queues of user contexts: in scattered pages, rung in pages of their own. */
class QueueMemoryTest {
    private static final int LOG2_DEPTH = 10;
    private static final int BYTES = 32 << LOG2_DEPTH;

    /** Pages of a queue, last first. */
    private static long[] pages(TestHost host, int count) {
        long base = host.memory.take(4096L * count, 4096);
        long[] pages = new long[count];
        for (int i = 0; i < count; i++) {
            pages[i] = base + 4096L * (count - 1 - i);
        }
        return pages;
    }

    private static long table(TestHost host, long[] pages) {
        long table = host.memory.take(8L * pages.length, 8);
        for (int i = 0; i < pages.length; i++) {
            Mtt.setEntry(host.all(), HostMemoryArea.at(table), i, pages[i]);
        }
        return table;
    }

    private static long at(long[] pages, int index) {
        long offset = RingIndex.offset(index, 1 << LOG2_DEPTH, 5);
        return HostMemoryArea.at(pages[(int) (offset >> 12)] + (offset & 4095));
    }

    @Test
    void scatteredRings_areFollowedOverManyLaps() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            long[] cqPages = pages(host, BYTES / 4096);
            long[] sqPages = pages(host, BYTES / 4096);
            long[] rqPages = pages(host, 2);
            long record = host.memory.take(16, 8);
            long cqRecord = host.memory.take(8, 8);
            long cqTable = table(host, cqPages);
            long sqTable = table(host, sqPages);
            assertThat(host.command(CommandOpcode.CREATE_CQ, (slot, offset) -> {
                CreateCq.setCqn(slot, offset, 5);
                CreateCq.setLog2Depth(slot, offset, LOG2_DEPTH);
                CreateCq.setPageShift(slot, offset, 12);
                CreateCq.setMttEntries(slot, offset, cqPages.length);
                CreateCq.setMttLevel(slot, offset, 1);
                CreateCq.setBufferAddress(slot, offset, cqTable);
                CreateCq.setEqn(slot, offset, 2);
                CreateCq.setDoorbellRecord(slot, offset, cqRecord);
            })).isZero();
            assertThat(host.command(CommandOpcode.CREATE_QP, (slot, offset) -> {
                CreateQp.setQpn(slot, offset, 100);
                CreateQp.setPd(slot, offset, TestHost.PD);
                CreateQp.setLog2SqDepth(slot, offset, LOG2_DEPTH);
                CreateQp.setLog2RqDepth(slot, offset, 8);
                CreateQp.setSqPageShift(slot, offset, 12);
                CreateQp.setRqPageShift(slot, offset, 12);
                CreateQp.setSqCqn(slot, offset, 5);
                CreateQp.setRqCqn(slot, offset, 5);
                CreateQp.setSqMttEntries(slot, offset, sqPages.length);
                CreateQp.setSqMttLevel(slot, offset, 1);
                CreateQp.setSqBufferAddress(slot, offset, sqTable);
                CreateQp.setRqMttEntries(slot, offset, 2);
                CreateQp.setRqBufferAddress(slot, offset, rqPages[0]);
                CreateQp.setRqMtt(slot, offset, 1, rqPages[1]);
                CreateQp.setSqDoorbellRecord(slot, offset, record);
                CreateQp.setRqDoorbellRecord(slot, offset, record + 8);
            })).isZero();
            TestQp peer = host.qp(host.cq(4));
            FourTuple flow = new FourTuple(host.ip, 1, host.ip, 2);
            TestQp self = new TestQp(host, 100, peer.sendCq, peer.sendCq, 2, 2);
            host.connect(self, flow);
            host.connect(peer, flow.mirrored());
            TestMr mr = host.mr(4096).fill(1);

            int index = 0;
            int polled = 0;
            for (int i = 0; i < 3000; i++) {
                // two building blocks, the first of which may be the last of the ring
                long first = at(sqPages, index);
                long second = at(sqPages, index + 1);
                SqeWrite.setLength(host.all(), first, 3);
                SqeWrite.setSinkStag(host.all(), first, mr.stag());
                SqeWrite.setSinkOffset(host.all(), first, mr.va(1000 + i));
                host.all().asSlice(second, 3).fill((byte) i);
                index = RingIndex.advance16(index, 2);
                if (i == 1500) {
                    // an odd one, so that entries begin to wrap in their middle
                    SqeHeader.store(host.all(), first,
                            SqeHeader.compose(0, 1, 100, SqOpcode.SEND, SqeHeader.SIGNALED, index - 1));
                    SqeWrite.setLength(host.all(), first, 0);
                    index = RingIndex.advance16(index, -1);
                    peer.receive(new TestQp.Piece(0, 0, 0));
                } else {
                    SqeHeader.store(host.all(), first,
                            SqeHeader.compose(3, 2, 100, SqOpcode.WRITE, SqeHeader.SIGNALED | SqeHeader.INLINE, index));
                }
                DoorbellRecord.store(host.all(), HostMemoryArea.at(record), SqDoorbell.compose(100, index));
                host.write64(0x5F000, SqDoorbell.compose(100, index));
                int header = Cqe.load(host.all(), at(cqPages, polled));
                assertThat(RingIndex.valid(Cqe.owner(header), polled, 1 << LOG2_DEPTH)).isTrue();
                assertThat(Cqe.syndrome(header)).as("request %d", i).isZero();
                polled++;
            }
            assertThat(mr.copy(1000 + 100, 1)).containsExactly((byte) 100);
        }
    }

    @ParameterizedTest
    @CsvSource({ "7,12,0", "8,12,4096", "1,12,0" })
    void pagesThatDoNotCoverTheDepth_areRefused(int count, int shift, int pageOffset) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            long table = table(host, pages(host, count));
            long record = host.memory.take(8, 8);
            assertThat(host.command(CommandOpcode.CREATE_CQ, (slot, offset) -> {
                CreateCq.setCqn(slot, offset, 5);
                CreateCq.setLog2Depth(slot, offset, LOG2_DEPTH);
                CreateCq.setPageShift(slot, offset, shift);
                CreateCq.setMttEntries(slot, offset, count);
                CreateCq.setMttLevel(slot, offset, 1);
                CreateCq.setPageOffset(slot, offset, pageOffset);
                CreateCq.setBufferAddress(slot, offset, table);
                CreateCq.setEqn(slot, offset, 2);
                CreateCq.setDoorbellRecord(slot, offset, record);
            })).isNotZero();
        }
    }

    private static int alloc(TestHost host) {
        return host.command(CommandOpcode.ALLOC_DB, (slot, offset) -> {
            AllocDb.setSq(slot, offset, true);
            AllocDb.setRq(slot, offset, true);
            AllocDb.setCq(slot, offset, true);
        });
    }

    private static int free(TestHost host, int sq, int rq, int cq) {
        return host.command(CommandOpcode.FREE_DB, (slot, offset) -> {
            FreeDb.setSqPage(slot, offset, sq);
            FreeDb.setRqPage(slot, offset, rq);
            FreeDb.setCqPage(slot, offset, cq);
        });
    }

    private static final FunctionSpec EXTENDED = FunctionSpec.builder().extendedDoorbells(true).build();

    @Test
    void contexts_getPagesOfTheirOwn_neverTheKernels() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host(EXTENDED);
            Set<Integer> pages = new HashSet<>(List.of(0x5F, 0x61, 0x79));
            for (int i = 0; i < 6; i++) {
                assertThat(alloc(host)).isZero();
                assertThat(pages.add(AllocDbResponse.sqPage(host.response))).isTrue();
                assertThat(pages.add(AllocDbResponse.rqPage(host.response))).isTrue();
                assertThat(pages.add(AllocDbResponse.cqPage(host.response))).isTrue();
                assertThat(AllocDbResponse.sqPage(host.response)).isBetween(0x01, 0x60);
                assertThat(AllocDbResponse.rqPage(host.response)).isBetween(0x61, 0x78);
                assertThat(AllocDbResponse.cqPage(host.response)).isBetween(0x79, 0x7F);
            }
            int sq = AllocDbResponse.sqPage(host.response);
            int rq = AllocDbResponse.rqPage(host.response);
            int cq = AllocDbResponse.cqPage(host.response);
            assertThat(alloc(host)).isNotZero();
            // Linux swaps the two
            assertThat(free(host, sq, cq, rq)).isZero();
            assertThat(free(host, sq, rq, cq)).isNotZero();
            assertThat(alloc(host)).isZero();
        }
    }

    @Test
    void largerBar_holdsMoreContexts() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host(EXTENDED.toBuilder().barBytes(2 << 20).build());
            for (int i = 0; i < 100; i++) {
                assertThat(alloc(host)).isZero();
            }
        }
    }

    @Test
    void localDmaKey_isNotForQueuePairs_thatAUserContextsPagesRing() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host(EXTENDED);
            alloc(host);
            int sq = AllocDbResponse.sqPage(host.response);
            int rq = AllocDbResponse.rqPage(host.response);
            TestMr mr = host.mr(4096).fill(1);
            byte[] before = mr.copy(0, 4096);
            TestQp.Piece secret = new TestQp.Piece(mr.address, 64, EXTENDED.localDmaKey());

            for (int use = 0; use < 4; use++) {
                TestCq cq = host.cq(4);
                TestQp peer = host.qp(cq);
                TestQp program = new TestQp(host, 200 + use, cq, cq, 4, 4);
                assertThat(host.createQp(program, (slot, offset) -> {
                    CreateQp.setExtendedDoorbell(slot, offset, true);
                    CreateQp.setSqDoorbellPage(slot, offset, sq);
                    CreateQp.setRqDoorbellPage(slot, offset, rq);
                })).isZero();
                program.sendPage = sq;
                program.receivePage = rq;
                TestHost.join(program, peer);
                int expected = Syndrome.LOCAL_STAG;
                switch (use) {
                    case 0 -> program.write(0, mr.stag(), mr.va(1024), secret).ring();
                    case 1 -> program.read(0, secret, mr.stag(), mr.va(1024)).ring();
                    case 2 -> program.fetchAndAdd(0, 1, secret, mr.stag(), mr.va(1024)).ring();
                    default -> {
                        program.receive(secret);
                        peer.send(0, TestQp.Piece.of(mr, 1024, 8)).ring();
                        expected = Syndrome.REMOTE_STAG;
                    }
                }
                assertThat(cq.pollAll()).extracting(TestCq.Completion::syndrome).contains(expected);
                assertThat(mr.copy(0, 4096)).isEqualTo(before);
            }
        }
    }

    @Test
    void doorbellInAnotherContextsPage_isIgnoredAndCounted() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host(EXTENDED);
            alloc(host);
            int sq = AllocDbResponse.sqPage(host.response);
            int rq = AllocDbResponse.rqPage(host.response);
            int cq = AllocDbResponse.cqPage(host.response);
            alloc(host);
            int foreign = AllocDbResponse.sqPage(host.response);
            TestCq userCq = new TestCq(host, 40, 4);
            assertThat(host.command(CommandOpcode.CREATE_CQ, (slot, offset) -> {
                CreateCq.setCqn(slot, offset, 40);
                CreateCq.setLog2Depth(slot, offset, 4);
                CreateCq.setPageShift(slot, offset, 12);
                CreateCq.setMttEntries(slot, offset, 1);
                CreateCq.setBufferAddress(slot, offset, userCq.ring);
                CreateCq.setEqn(slot, offset, 1);
                CreateCq.setExtendedDoorbell(slot, offset, true);
                CreateCq.setDoorbellPage(slot, offset, rq);
                CreateCq.setDoorbellRecord(slot, offset, userCq.record);
            })).isZero();
            TestQp qp = new TestQp(host, 50, userCq, userCq, 7, 5);
            assertThat(host.command(CommandOpcode.CREATE_QP, (slot, offset) -> {
                CreateQp.setQpn(slot, offset, 50);
                CreateQp.setPd(slot, offset, TestHost.PD);
                CreateQp.setLog2SqDepth(slot, offset, 7);
                CreateQp.setLog2RqDepth(slot, offset, 5);
                CreateQp.setSqPageShift(slot, offset, 12);
                CreateQp.setRqPageShift(slot, offset, 12);
                CreateQp.setExtendedDoorbell(slot, offset, true);
                CreateQp.setSqCqn(slot, offset, 40);
                CreateQp.setRqCqn(slot, offset, 40);
                CreateQp.setSqMttEntries(slot, offset, 1);
                CreateQp.setRqMttEntries(slot, offset, 1);
                CreateQp.setSqBufferAddress(slot, offset, qp.sends);
                CreateQp.setRqBufferAddress(slot, offset, qp.receives);
                CreateQp.setSqDoorbellRecord(slot, offset, qp.sendRecord);
                CreateQp.setRqDoorbellRecord(slot, offset, qp.receiveRecord);
                CreateQp.setSqDoorbellPage(slot, offset, sq);
                CreateQp.setRqDoorbellPage(slot, offset, cq);
            })).isZero();
            assertThat(free(host, sq, rq, cq)).isNotZero();
            TestQp peer = host.qp(host.cq(4));
            TestHost.join(qp, peer);
            qp.sendPage = foreign;
            qp.write(TestQp.SIGNALED, 0, 0).ring();
            qp.sendPage = 0x5F;
            qp.ring();
            assertThat(userCq.poll()).isNull();
            assertThat(host.function.counter(ModelCounter.FOREIGN_DOORBELLS)).isEqualTo(2);

            qp.sendPage = sq;
            qp.ring();
            assertThat(userCq.poll().syndrome()).isZero();
            userCq.page = cq;
            userCq.arm(false);
            qp.receivePage = rq;
            qp.receive(new TestQp.Piece(0, 0, 0));
            peer.send(0).ring();
            assertThat(userCq.poll().syndrome()).isZero();
            assertThat(userCq.takeEvent()).isTrue();
            // a kernel queue is rung in the kernel's page only
            peer.sendPage = sq;
            peer.write(TestQp.SIGNALED, 0, 0).ring();
            assertThat(peer.sendCq.poll()).isNull();
        }
    }
}
