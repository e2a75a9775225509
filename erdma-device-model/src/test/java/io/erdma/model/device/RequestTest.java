package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Aeqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Syndrome;
import io.erdma.model.device.TestQp.Piece;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each work request does when all is well, and how malformed ones end. */
class RequestTest {
    @Test
    void write_placesGatheredBytes_withoutTakingAReceive() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(1000, 8));
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(7), pair.from(3, 10), pair.from(100, 20))
                    .ring();

            assertThat(pair.target.copy(7, 10)).isEqualTo(pair.source.copy(3, 10));
            assertThat(pair.target.copy(17, 20)).isEqualTo(pair.source.copy(100, 20));
            assertThat(pair.target.copy(37, 1)).containsOnly(0);
            assertThat(pair.aliceCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(SqOpcode.WRITE);
                assertThat(done.bytes()).isEqualTo(30);
            });
            assertThat(pair.bobCq.poll()).isNull();
        }
    }

    @Test
    void sixSges_areTheMost() {
        try (Pair pair = new Pair()) {
            Piece[] six = new Piece[6];
            for (int i = 0; i < 6; i++) {
                six[i] = pair.from(100L * i, 10);
            }
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), six).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.target.copy(50, 10)).isEqualTo(pair.source.copy(500, 10));
        }
    }

    @Test
    void writeWithImmediate_takesAReceive_andLeavesItsBuffer() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(1000, 64));
            pair.out.writeWithImmediate(TestQp.SIGNALED, 0x01020304, pair.target.stag(), pair.target.va(),
                    pair.from(0, 40)).ring();

            assertThat(pair.bobCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(CqeOpcode.RECV_RDMA_WITH_IMM);
                assertThat(done.immediate()).isEqualTo(0x01020304);
                assertThat(done.bytes()).isEqualTo(40);
            });
            assertThat(pair.target.copy(0, 40)).isEqualTo(pair.source.copy(0, 40));
            assertThat(pair.target.copy(1000, 64)).containsOnly(0);
        }
    }

    @Test
    void sendWithImmediate_carriesTheNumber() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(0, 64));
            pair.out.sendWithImmediate(TestQp.SIGNALED, 0xA1B2C3D4, pair.from(0, 5)).ring();

            assertThat(pair.bobCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(CqeOpcode.RECV_IMM);
                assertThat(done.immediate()).isEqualTo(0xA1B2C3D4);
                assertThat(done.bytes()).isEqualTo(5);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({ "0", "1", "16", "17", "95", "96" })
    void inlineData_ofAnyLength_arrives(int bytes) {
        try (Pair pair = new Pair()) {
            byte[] data = new byte[bytes];
            for (int i = 0; i < bytes; i++) {
                data[i] = (byte) (i + 1);
            }
            pair.in.receive(pair.to(0, 100));
            pair.out.sendInline(TestQp.SIGNALED, data)
                    .writeInline(TestQp.SIGNALED, pair.target.stag(), pair.target.va(200), data).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::bytes).containsExactly((long) bytes,
                    (long) bytes);
            assertThat(pair.target.copy(0, bytes)).isEqualTo(data);
            assertThat(pair.target.copy(200, bytes)).isEqualTo(data);
            assertThat(pair.target.copy(bytes, 1)).containsOnly(0);
        }
    }

    @Test
    void read_fetchesThePeersBytes() {
        try (Pair pair = new Pair()) {
            pair.target.fill(77);
            pair.out.read(TestQp.SIGNALED, pair.from(10, 300), pair.target.stag(), pair.target.va(20)).ring();

            assertThat(pair.source.copy(10, 300)).isEqualTo(pair.target.copy(20, 300));
            assertThat(pair.aliceCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(SqOpcode.READ);
                assertThat(done.bytes()).isEqualTo(300);
            });
        }
    }

    @Test
    void atomics_returnTheOldValue() {
        try (Pair pair = new Pair()) {
            pair.target.memory().set(ValueLayout.JAVA_LONG, 16, 40);
            pair.out.fetchAndAdd(TestQp.SIGNALED, 2, pair.from(0, 8), pair.target.stag(), pair.target.va(16))
                    .compareAndSwap(TestQp.SIGNALED, 42, 7, pair.from(8, 8), pair.target.stag(), pair.target.va(16))
                    .compareAndSwap(TestQp.SIGNALED, 42, 9, pair.from(16, 8), pair.target.stag(), pair.target.va(16))
                    .ring();

            assertThat(pair.source.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(40);
            assertThat(pair.source.memory().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(42);
            assertThat(pair.source.memory().get(ValueLayout.JAVA_LONG, 16)).isEqualTo(7);
            assertThat(pair.target.memory().get(ValueLayout.JAVA_LONG, 16)).isEqualTo(7);
            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::opcode)
                    .containsExactly(SqOpcode.ATOMIC_FAA, SqOpcode.ATOMIC_CAS, SqOpcode.ATOMIC_CAS);
        }
    }

    @Test
    void send_longerThanTheReceive_touchesNothing_andEndsTheStream() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(0, 63));
            pair.out.send(0, pair.from(0, 64)).ring();

            assertThat(pair.target.copy(0, 64)).containsOnly(0);
            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.GENERAL);
            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(Syndrome.GENERAL);
        }
    }

    @Test
    void send_withoutReceive_endsTheStream() {
        try (Pair pair = new Pair()) {
            pair.out.send(0, pair.from(0, 64)).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.GENERAL);
            assertThat(pair.bob.errorEvents.takeError().type()).isEqualTo(Aeqe.QP_RECV_QUEUE_ERROR);
        }
    }

    @Test
    void unsignalledRequests_completeOnlyInError() {
        try (Pair pair = new Pair()) {
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8))
                    .write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8))
                    .write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();

            assertThat(pair.aliceCq.pollAll()).singleElement()
                    .satisfies(done -> assertThat(done.wqeIndex()).isEqualTo(4));
        }
    }

    @Test
    void entries_wrapRoundTheEndOfTheRing_andIndicesRunFree() {
        try (Pair pair = new Pair()) {
            // three building blocks in a ring of 128: every place of the wrap is met, and 16 bits overflow
            for (int i = 0; i < 25_000; i++) {
                pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(i % 1000), pair.from(i % 500, 8),
                        pair.from(600, 8),
                        pair.from(700, 8)).ring();
                TestCq.Completion done = pair.aliceCq.poll();
                assertThat(done.syndrome()).isZero();
                assertThat(done.wqeIndex()).isEqualTo(3 * i & 0xFFFF);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({ "qpn", "index", "count", "opcode", "sges", "inline", "sgl-of-read", "length", "beyond-rung" })
    void malformedEntry_completesAsBadSqe_andFlushesWhatFollows(String what) {
        try (Pair pair = new Pair()) {
            TestQp qp = pair.out;
            qp.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8));
            int index = qp.sendIndex;
            qp.sendIndex = index - 2;
            long header = switch (what) {
                case "qpn" -> SqeHeader.compose(1, 2, qp.qpn + 1, SqOpcode.WRITE, 0, index);
                case "index" -> SqeHeader.compose(1, 2, qp.qpn, SqOpcode.WRITE, 0, index + 1);
                case "count" -> SqeHeader.compose(1, 3, qp.qpn, SqOpcode.WRITE, 0, index + 1);
                case "opcode" -> SqeHeader.compose(1, 2, qp.qpn, 7, 0, index);
                case "sges" -> SqeHeader.compose(7, 2, qp.qpn, SqOpcode.WRITE, 0, index);
                case "inline" -> SqeHeader.compose(97, 2, qp.qpn, SqOpcode.WRITE, SqeHeader.INLINE, index);
                case "sgl-of-read" -> SqeHeader.compose(1, 2, qp.qpn, SqOpcode.READ, 0, index);
                case "length" -> SqeHeader.compose(0, 1, qp.qpn, SqOpcode.WRITE, 0, index - 1);
                default -> SqeHeader.compose(1, 4, qp.qpn, SqOpcode.WRITE, 0, index + 2);
            };
            qp.postRaw(header, what.equals("length") ? 1 : 2);
            if (what.equals("count")) {
                qp.sendIndex = index + 1;
            }
            if (!what.equals("beyond-rung")) {
                qp.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8));
            }
            qp.ring();

            assertThat(pair.aliceCq.poll()).satisfies(done -> {
                assertThat(done.syndrome()).isEqualTo(Syndrome.BAD_SQE);
                assertThat(done.wqeIndex()).isZero();
                assertThat(Requester.isKnown(done.opcode())).isTrue();
            });
            assertThat(pair.aliceCq.pollAll())
                    .allSatisfy(done -> assertThat(done.syndrome()).isEqualTo(Syndrome.FLUSHED));
            assertThat(pair.alice.errorEvents.takeError())
                    .isEqualTo(new TestHost.Event(Aeqe.QP_FATAL, Syndrome.BAD_SQE, qp.qpn));
            assertThat(pair.target.copy(0, 8)).containsOnly(0);
        }
    }

    @Test
    void badReceiveEntry_completesAsBadRqe() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(0, 64));
            pair.bob.all().set(ValueLayout.JAVA_INT, HostMemoryArea.at(pair.in.receives) + 4, 99);
            pair.out.send(0, pair.from(0, 8)).ring();

            assertThat(pair.bobCq.poll().syndrome()).isEqualTo(Syndrome.BAD_RQE);
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.GENERAL);
        }
    }

    @Test
    void implausibleDoorbell_isIgnored() {
        try (Pair pair = new Pair()) {
            pair.alice.write64(0x5F000, SqDoorbell.compose(pair.out.qpn, 500));

            assertThat(pair.aliceCq.poll()).isNull();
            assertThat(pair.alice.function.counter(ModelCounter.IGNORED_DOORBELLS)).isEqualTo(1);
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
        }
    }
}
