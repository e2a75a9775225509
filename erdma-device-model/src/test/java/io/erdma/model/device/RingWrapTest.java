package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Ceqe;
import io.erdma.hw.Cqe;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.model.device.TestQp.Piece;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The device's side of every ring in every depth: many laps, and indices that pass the end of 16 bits. */
class RingWrapTest {
    private static final int INDICES = 1 << 16;
    private static final int EQN = 3;

    static IntStream sendDepths() {
        return IntStream.rangeClosed(2, 15);
    }

    static IntStream depths() {
        return IntStream.rangeClosed(0, 15);
    }

    /** Two hosts, and a QP each whose sizes the test says. */
    private static final class Rig implements AutoCloseable {
        final TestCard card = new TestCard();
        final TestHost alice = card.host();
        final TestHost bob = card.host();
        final TestCq sent;
        final TestCq received;
        final TestQp out;
        final TestQp in;

        Rig(int log2Sends, int log2Receives, int log2Cqes) {
            sent = alice.cq(log2Cqes);
            received = bob.cq(log2Cqes);
            out = alice.qp(sent, sent, log2Sends, 4);
            in = bob.qp(received, received, 7, log2Receives);
            TestHost.join(out, in);
        }

        @Override
        public void close() {
            card.close();
        }
    }

    @ParameterizedTest
    @MethodSource("sendDepths")
    void sendQueue_takesEntriesOfAnySize_roundTheEndOfTheRing_andOfTheIndex(int log2Depth) {
        SplittableRandom random = new SplittableRandom(log2Depth);
        int depth = 1 << log2Depth;
        try (Rig rig = new Rig(log2Depth, 4, 15)) {
            TestMr source = rig.alice.mr(4096).fill(3);
            TestMr target = rig.bob.mr(4096);
            for (int index = 0; index < INDICES + 2 * depth;) {
                int room = 1 + random.nextInt(Math.min(depth, 64));
                int posted = 0;
                int expected = index;
                int[] starts = new int[depth];
                int signalled = 0;
                while (true) {
                    int pieces = random.nextInt(7); // one to four building blocks
                    int blocks = 1 + (pieces + 1) / 2;
                    if (posted + blocks > Math.max(room, 4)) {
                        break;
                    }
                    boolean signal = random.nextBoolean();
                    if (signal) {
                        starts[signalled++] = expected;
                    }
                    write(rig, source, target, pieces, signal);
                    posted += blocks;
                    expected += blocks;
                    index += blocks;
                }
                rig.out.ring();
                for (int i = 0; i < signalled; i++) {
                    TestCq.Completion done = rig.sent.poll();
                    assertThat(done.syndrome()).isZero();
                    assertThat(done.wqeIndex()).isEqualTo(starts[i] & 0xFFFF);
                }
                assertThat(rig.sent.poll()).isNull();
            }
            assertThat(rig.out.sendIndex).isLessThan(3 * depth + 64); // it has passed the end
        }
    }

    private static void write(Rig rig, TestMr source, TestMr target, int pieces, boolean signal) {
        Piece[] list = new Piece[pieces];
        for (int i = 0; i < pieces; i++) {
            list[i] = Piece.of(source, 8L * i, 8);
        }
        rig.out.write(signal ? TestQp.SIGNALED : 0, target.stag(), target.va(), list);
    }

    @ParameterizedTest
    @MethodSource("depths")
    void receiveAndCompletionQueue_goRound_andTheIndexPassesItsEnd(int log2Depth) {
        SplittableRandom random = new SplittableRandom(log2Depth);
        int depth = 1 << log2Depth;
        try (Rig rig = new Rig(7, log2Depth, log2Depth)) {
            TestMr source = rig.alice.mr(64).fill(3);
            TestMr target = rig.bob.mr(64);
            for (int index = 0; index < INDICES + 2 * depth;) {
                int count = 1 + random.nextInt(Math.min(depth, 32));
                for (int i = 0; i < count; i++) {
                    rig.in.receive(Piece.of(target, 0, 64));
                    rig.out.send(0, Piece.of(source, 0, 1 + i));
                }
                rig.out.ring();
                for (int i = 0; i < count; i++) {
                    TestCq.Completion done = rig.received.poll();
                    assertThat(done.syndrome()).isZero();
                    assertThat(done.queueType()).isEqualTo(Cqe.QUEUE_RQ);
                    assertThat(done.wqeIndex()).isEqualTo(index + i & 0xFFFF);
                    assertThat(done.bytes()).isEqualTo(1 + i);
                }
                assertThat(rig.received.poll()).isNull();
                index += count;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("depths")
    void eventQueue_goesRound_andTheIndexPassesItsEnd(int log2Depth) {
        int depth = 1 << log2Depth;
        try (Rig rig = new Rig(7, 4, 4)) {
            TestHost bob = rig.bob;
            long ring = bob.memory.take(16L << log2Depth, 4096);
            long record = bob.memory.take(8, 8);
            assertThat(bob.command(CommandOpcode.CREATE_EQ, (slot, at) -> {
                CreateEq.setRingAddress(slot, at, ring);
                CreateEq.setVector(slot, at, EQN);
                CreateEq.setEqn(slot, at, EQN);
                CreateEq.setLog2Depth(slot, at, log2Depth);
                CreateEq.setType(slot, at, CreateEq.TYPE_CEQ);
                CreateEq.setDoorbellRecord(slot, at, record);
            })).isZero();
            TestCq cq = bob.cq(4, EQN);
            TestQp in = bob.qp(cq);
            TestQp out = rig.alice.qp(rig.sent);
            TestHost.join(out, in);
            for (int event = 0; event < INDICES + 2 * depth; event++) {
                cq.arm(false);
                in.receive(new Piece(0, 0, 0));
                out.send(0).ring();
                assertThat(cq.poll().syndrome()).isZero();
                long entry = Ceqe.load(bob.all(), HostMemoryArea.at(ring) + RingIndex.offset(event, depth, 4));
                assertThat(RingIndex.valid(Ceqe.owner(entry), event, depth)).isTrue();
                assertThat(Ceqe.cqn(entry)).isEqualTo(cq.cqn);
                cq.cmdsn++;
                bob.write64(Registers.ceqDoorbell(EQN), EqDoorbell.compose(true, event + 1 & 0xFFFF));
            }
            assertThat(bob.function.counter(ModelCounter.STALE_ARMS)).isZero();
            assertThat(bob.function.counter(ModelCounter.EVENTS_KEPT_BACK)).isZero();
            assertThat(bob.function.counter(ModelCounter.IGNORED_DOORBELLS)).isZero();
        }
    }

    @Test
    void commandQueues_goRound_andTheirIndexPassesItsEnd() {
        try (Rig rig = new Rig(7, 4, 4)) {
            for (int i = 0; i < (INDICES >> 2) + 100; i++) {
                boolean known = i % 3 != 0;
                assertThat(rig.alice.command(known ? CommandOpcode.QUERY_DEVICE : CommandOpcode.QUERY_QP,
                        (slot, at) -> {}))
                        .isEqualTo(known ? 0 : 1);
            }
            assertThat(rig.alice.commandIndex).isLessThan(1024);
        }
    }
}
