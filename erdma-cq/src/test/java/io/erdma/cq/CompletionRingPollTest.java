package io.erdma.cq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.Syndrome;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionRingPollTest {
    private static final int RC_QPN = 7;
    private static final int UD_QPN = 8;
    private static final int FORGETFUL_QPN = 9;
    private static final RequestLookup QPS = qpn -> switch (qpn) {
        case RC_QPN -> FakeQp.RC;
        case UD_QPN -> FakeQp.UD;
        case FORGETFUL_QPN -> FakeQp.FORGETFUL;
        default -> CompletionTarget.NONE;
    };

    private final DeviceSide device = new DeviceSide(8);
    private final CompletionRing ring = new CompletionRing(5, device.memory, device.record, device.doorbell, QPS,
            false);
    private final WorkCompletion[] into = WorkCompletion.array(16);

    @Test
    void poll_ofAFreshRing_findsNothing() {
        assertThat(ring.poll(16, into)).isZero();
        assertThat(ring.snapshot()).isEqualTo(new CqSnapshot(5, 8, 0, 0, 0, 0));
        assertThat(ring.cqn()).isEqualTo(5);
        assertThat(ring.depth()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({ "0, RDMA_WRITE", "1, RDMA_READ", "2, SEND", "3, SEND", "9, RDMA_WRITE", "13, SEND", "14, REG_MR",
        "15, LOCAL_INV", "16, RDMA_READ", "17, COMP_SWAP", "18, FETCH_ADD", "11, LOCAL_INV" })
    void poll_ofASendCompletion_tellsItsRequest(int opcode, WcOpcode expected) {
        device.complete(RC_QPN, Cqe.QUEUE_SQ, opcode, Syndrome.SUCCESS, 0xFFF0, 0xFFFF_FFFFL);
        into[0].flags = -1;
        into[0].vendorError = -1;

        assertThat(ring.poll(16, into)).isEqualTo(1);

        assertThat(into[0].ok()).isTrue();
        assertThat(into[0].opcode).isEqualTo(expected);
        assertThat(into[0].wrId).isEqualTo(1000 + 0xFFF0);
        assertThat(into[0].qpNumber).isEqualTo(RC_QPN);
        assertThat(into[0].byteLength).isEqualTo(0xFFFF_FFFF);
        assertThat(into[0].flags).isZero();
        assertThat(into[0].vendorError).isZero();
    }

    @ParameterizedTest
    @CsvSource({ "4, RECV, 0", "5, RECV_RDMA_WITH_IMM, 1", "12, RECV, 1", "6, RECV, 2" })
    void poll_ofAReceiveCompletion_tellsItsExtras(int opcode, WcOpcode expected, int flags) {
        if (flags == WorkCompletion.WITH_INVALIDATE) {
            Cqe.setInvalidatedKey(device.memory, device.nextEntry(), 0xA1B2C3D4);
        } else {
            Cqe.setImmediate(device.memory, device.nextEntry(), 0xA1B2C3D4);
        }
        device.complete(RC_QPN, Cqe.QUEUE_RQ, opcode, Syndrome.SUCCESS, 3, 17);

        assertThat(ring.poll(16, into)).isEqualTo(1);

        assertThat(into[0].ok()).isTrue();
        assertThat(into[0].opcode).isEqualTo(expected);
        assertThat(into[0].wrId).isEqualTo(2003);
        assertThat(into[0].byteLength).isEqualTo(17);
        assertThat(into[0].flags).isEqualTo(flags);
        if (flags == WorkCompletion.WITH_IMM) {
            assertThat(into[0].immediate).isEqualTo(0xA1B2C3D4);
        } else if (flags == WorkCompletion.WITH_INVALIDATE) {
            assertThat(into[0].invalidatedKey).isEqualTo(0xA1B2C3D4);
        }
    }

    @Test
    void poll_ofADatagram_tellsItsSender_andTheGrh() {
        Cqe.setUd(device.memory, device.nextEntry(), true, 3, 0xFEDCB);
        device.complete(UD_QPN, Cqe.QUEUE_RQ, CqeOpcode.RECV_IMM, Syndrome.SUCCESS, 0, 48);

        ring.poll(16, into);

        assertThat(into[0].flags).isEqualTo(WorkCompletion.GRH | WorkCompletion.WITH_IMM);
        assertThat(into[0].sourceQp).isEqualTo(0xFEDCB);
    }

    @ParameterizedTest
    @CsvSource({ "1, GENERAL_ERR, 0", "2, GENERAL_ERR, 0x01", "3, REM_ACCESS_ERR, 0x02", "4, REM_ACCESS_ERR, 0x03",
        "5, REM_ACCESS_ERR, 0x04", "6, REM_ACCESS_ERR, 0x05", "7, REM_ACCESS_ERR, 0x06", "8, LOC_QP_OP_ERR, 0x20",
        "9, GENERAL_ERR, 0x21", "10, LOC_ACCESS_ERR, 0x30", "11, LOC_ACCESS_ERR, 0x31", "12, LOC_ACCESS_ERR, 0x32",
        "13, LOC_ACCESS_ERR, 0x33", "14, LOC_ACCESS_ERR, 0x34", "15, WR_FLUSH_ERR, 0", "16, RETRY_EXC_ERR, 0",
        "17, GENERAL_ERR, 0", "255, GENERAL_ERR, 0" })
    void poll_ofAnError_tellsStatusAndVendorError(int syndrome, WcStatus status, String vendorError) {
        device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.READ, syndrome, 0, 0);
        device.complete(RC_QPN, Cqe.QUEUE_RQ, CqeOpcode.RECV, syndrome, 0, 0);

        assertThat(ring.poll(16, into)).isEqualTo(2);

        for (int i = 0; i < 2; i++) {
            assertThat(into[i].status).isEqualTo(status);
            assertThat(into[i].vendorError).isEqualTo(Integer.decode(vendorError));
        }
        assertThat(into[0].opcode).isEqualTo(WcOpcode.RDMA_READ);
        assertThat(into[1].opcode).isEqualTo(WcOpcode.RECV);
    }

    @Test
    void poll_skipsCompletionsOfUnknownQps_unknownRequests_andUnknownQueues() {
        device.complete(99, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);
        device.complete(-1, Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0, 0);
        device.complete(FORGETFUL_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);
        device.complete(FORGETFUL_QPN, Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0, 0);
        device.complete(RC_QPN, Cqe.QUEUE_COMMAND, 0, 0, 0, 0);
        device.complete(RC_QPN, 0xFF, 0, 0, 0, 0);
        device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 42, 0);

        assertThat(ring.poll(1, into)).isEqualTo(1);

        assertThat(into[0].wrId).isEqualTo(1042);
        assertThat(ring.snapshot().skipped()).isEqualTo(6);
        assertThat(ring.snapshot().consumerIndex()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({ "0, 4, SEND", "0, 5, SEND", "0, 12, SEND", "1, 0, RECV", "1, 18, RECV", "1, 200, RECV" })
    void poll_ofAnOpcodeOfTheOtherQueue_isAGeneralError(int queueType, int opcode, WcOpcode expected) {
        device.complete(RC_QPN, queueType, opcode, Syndrome.SUCCESS, 0, 0);

        assertThat(ring.poll(16, into)).isEqualTo(1);

        assertThat(into[0].status).isEqualTo(WcStatus.GENERAL_ERR);
        assertThat(into[0].opcode).isEqualTo(expected);
    }

    @Test
    void poll_intoACompletionThatToldOfAnError_tellsTheNextSuccessFully() {
        device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.READ, Syndrome.FLUSHED, 0, 0);
        device.complete(RC_QPN, Cqe.QUEUE_RQ, CqeOpcode.RECV, Syndrome.SUCCESS, 0, 0);

        ring.poll(1, into);
        assertThat(into[0].status).isEqualTo(WcStatus.WR_FLUSH_ERR);
        ring.poll(1, into);

        assertThat(into[0].status).isEqualTo(WcStatus.SUCCESS);
        assertThat(into[0].opcode).isEqualTo(WcOpcode.RECV);
    }

    @Test
    void poll_takesNoMoreThanOneLap_fromADeviceThatWritesOnAndOn() {
        DeviceSide restless = new DeviceSide(4);
        CompletionRing polled = new CompletionRing(1, restless.memory, restless.record, restless.doorbell, _ -> {
            restless.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);
            return CompletionTarget.NONE;
        }, false);
        restless.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);

        assertThat(polled.poll(1, into)).isZero();
        assertThat(polled.snapshot().skipped()).isEqualTo(4);
        assertThat(polled.poll(1, into)).isZero();
        assertThat(polled.snapshot().consumerIndex()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void poll_ofTwoThreads_isOneAfterTheOther_unlessASingleOneIsPromised(boolean singleThreaded) throws Exception {
        AtomicReference<Thread> second = new AtomicReference<>();
        AtomicReference<Thread.State> seen = new AtomicReference<>();
        AtomicReference<CompletionRing> polled = new AtomicReference<>();
        RequestLookup slow = _ -> {
            if (second.get() == null) {
                Thread other = Thread.ofPlatform().unstarted(() -> polled.get().poll(1, WorkCompletion.array(1)));
                second.set(other);
                other.start();
                while (other.getState() != Thread.State.WAITING && other.getState() != Thread.State.TERMINATED) {
                    Thread.onSpinWait();
                }
                seen.set(other.getState());
            }
            return FakeQp.RC;
        };
        polled.set(new CompletionRing(1, device.memory, device.record, device.doorbell, slow, singleThreaded));
        device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);

        assertThat(polled.get().poll(1, into)).isEqualTo(1);
        second.get().join();

        assertThat(seen.get()).isEqualTo(singleThreaded ? Thread.State.TERMINATED : Thread.State.WAITING);
    }

    @Test
    void aQpThatIsNone_knowsNoRequest_andIsNoDatagramQp() {
        assertThat(CompletionTarget.NONE.sendCompleted(0, into[0])).isFalse();
        assertThat(CompletionTarget.NONE.receiveCompleted(0, into[0])).isFalse();
        assertThat(CompletionTarget.NONE.isDatagram()).isFalse();
    }

    @Test
    void poll_takesNoMoreThanAskedFor_norThanTheArrayHolds() {
        for (int i = 0; i < 5; i++) {
            device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, i, 0);
        }

        assertThat(ring.poll(0, into)).isZero();
        assertThat(ring.poll(-1, into)).isZero();
        assertThat(ring.poll(2, into)).isEqualTo(2);
        assertThat(ring.poll(16, WorkCompletion.array(1))).isEqualTo(1);
        assertThat(ring.poll(16, into)).isEqualTo(2);
        assertThat(into[0].wrId).isEqualTo(1003);
        assertThat(ring.poll(16, into)).isZero();
    }

    @Test
    void poll_ofEntriesOfTheLapBefore_takesNone() {
        for (int i = 0; i < 8; i++) {
            device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, i, 0);
        }

        assertThat(ring.poll(16, into)).isEqualTo(8);
        assertThat(ring.poll(16, into)).isZero();
    }

    @Test
    void poll_writesNoDoorbell_andNoRecord() {
        device.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0, 0);

        ring.poll(16, into);

        assertThat(device.doorbell.rung()).isEmpty();
        assertThat(device.record.get(ValueLayout.JAVA_LONG, 0)).isZero();
    }

    @Property(tries = 40)
    @Tag("exhaustive")
    void poll_findsEveryCompletion_onEveryDepth_overManyLaps(@ForAll("depths") int depth, @ForAll long seed) {
        Random random = new Random(seed);
        DeviceSide side = new DeviceSide(depth);
        CompletionRing polled = new CompletionRing(1, side.memory, side.record, side.doorbell, QPS,
                random.nextBoolean());
        int produced = 0;
        int consumed = 0;
        while (consumed < 5 * depth + 70_000) {
            for (int i = random.nextInt(depth - (produced - consumed) + 1); i > 0; i--) {
                side.complete(RC_QPN, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, produced++ & 0xFFFF, 0);
            }
            int max = random.nextInt(into.length + 1);
            int taken = polled.poll(max, into);
            assertThat(taken).isEqualTo(Math.min(max, produced - consumed));
            for (int i = 0; i < taken; i++) {
                long expected = 1000 + (consumed++ & 0xFFFF);
                if (into[i].wrId != expected) { // an assertion a completion takes longer than all the rest
                    fail("request %d, not %d", into[i].wrId, expected);
                }
            }
            assertThat(polled.hasCompletions()).isEqualTo(produced != consumed);
        }
    }

    @Provide
    Arbitrary<Integer> depths() {
        return Arbitraries.integers().between(0, 12).map(log -> 1 << log);
    }

    @Property(tries = 200)
    void poll_ofAnythingADeviceMayWrite_throwsNothing_andEnds(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] garbage = new byte[8 * Cqe.BYTES];
        random.nextBytes(garbage);
        MemorySegment.copy(garbage, 0, device.memory, ValueLayout.JAVA_BYTE, 0, garbage.length);
        for (int i = 0; i < 8; i++) { // all of this lap, of a QP that exists
            long cqe = RingIndex.offset(i, 8, Cqe.SHIFT);
            Cqe.store(device.memory, cqe, Cqe.load(device.memory, cqe) | 1 << 31);
            Cqe.setQpn(device.memory, cqe, RC_QPN + random.nextInt(4));
        }
        CompletionRing polled = new CompletionRing(1, device.memory, device.record, device.doorbell, QPS, true);

        assertThatCode(() -> polled.poll(16, into)).doesNotThrowAnyException();
        assertThat(polled.snapshot().consumerIndex()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, 16, 96, 33, (1L << 21) * Cqe.BYTES })
    void newRing_ofAWrongSize_isEinval(long bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes, 8);

        assertThatThrownBy(() -> new CompletionRing(1, memory, device.record, device.doorbell, QPS, false))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }

    @Test
    void newRing_mayHaveAMebi_ofEntries() {
        MemorySegment memory = Arena.ofAuto().allocate((1L << 20) * Cqe.BYTES, 8);

        assertThat(new CompletionRing((1 << 24) - 1, memory, device.record, device.doorbell, QPS, false).depth())
                .isEqualTo(1 << 20);
    }

    @Test
    void newRing_ofAWrongNumberOrRecord_isEinval() {
        assertThatThrownBy(() -> new CompletionRing(1 << 24, device.memory, device.record, device.doorbell, QPS, false))
                .isInstanceOf(ErrnoException.class);
        assertThatThrownBy(() -> new CompletionRing(1, device.memory, device.memory, device.doorbell, QPS, false))
                .isInstanceOf(ErrnoException.class);
    }
}
