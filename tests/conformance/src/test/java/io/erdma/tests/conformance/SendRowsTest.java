package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Memory;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** SENDs that work, and the send queue: unit/rc_test.cc. */
class SendRowsTest {
    private static final int INLINE_BYTES = 96;
    /** Several laps of rings of 16 requests. */
    private static final int ROUNDS = 300;
    private static final int LARGE = 64 << 20;

    @Row(value = "LoopbackRcQpTest.Send", asserts = { BYTES, STATUS })
    void aSend_bringsItsBytes_andBothSidesHearOfIt(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 1000, 1);
        pair.right().postReceive(7, 0, 1024);
        SendRequest send = pair.left().send(0, 1000);
        send.wrId = 8;
        pair.left().post(send);

        WorkCompletion sent = pair.left().awaitOk();
        assertThat(sent.wrId).isEqualTo(8);
        assertThat(sent.opcode).isEqualTo(WcOpcode.SEND);
        assertThat(sent.qpNumber).isEqualTo(pair.left().qp.qpn());
        WorkCompletion received = pair.right().awaitOk();
        assertThat(received.wrId).isEqualTo(7);
        assertThat(received.opcode).isEqualTo(WcOpcode.RECV);
        assertThat(received.byteLength).isEqualTo(1000);
        assertThat(received.qpNumber).isEqualTo(pair.right().qp.qpn());
        assertThat(pair.right().memory.bytes(0, 1000)).isEqualTo(pair.left().memory.bytes(0, 1000));
        assertThat(pair.right().memory.bytes(1000, 24)).containsOnly(0);
    }

    @Row(value = "LoopbackRcQpTest.SendManyWithOneOutstanding", asserts = { BYTES, STATUS })
    void sends_oneAtATime_fillTheMemory_overManyLapsOfTheRings(Lab lab) {
        Pair pair = lab.pair();
        Memory source = pair.left().memory;
        int length = (int) (source.segment().byteSize() / ROUNDS);
        source.fill(0, source.segment().byteSize(), 3);
        for (int round = 0; round < ROUNDS; round++) {
            pair.right().postReceive(round, (long) round * length, length);
            SendRequest send = pair.left().send((long) round * length, length);
            send.wrId = -round;
            pair.left().post(send);
            assertThat(pair.left().awaitOk().wrId).isEqualTo(-round);
            assertThat(pair.right().awaitOk().wrId).isEqualTo(round);
        }
        assertThat(pair.right().memory.bytes(0, ROUNDS * length)).isEqualTo(source.bytes(0, ROUNDS * length));
    }

    @Row(value = "LoopbackRcQpTest.SendEmptySgl", asserts = { BYTES, STATUS })
    void aSend_withoutElements_takesAReceive_andBringsNothing(Lab lab) {
        Pair pair = lab.pair();
        byte[] before = pair.right().memory.bytes();
        pair.right().postReceive(1, 0, 64);
        pair.right().postEmptyReceive(2);
        SendRequest first = new SendRequest();
        first.flags = SendFlag.SIGNALED;
        first.next = new SendRequest();
        first.next.flags = SendFlag.SIGNALED;
        pair.left().post(first);

        for (int wrId = 1; wrId <= 2; wrId++) {
            pair.left().awaitOk();
            WorkCompletion received = pair.right().awaitOk();
            assertThat(received.wrId).isEqualTo(wrId);
            assertThat(received.byteLength).isZero();
        }
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledSend", asserts = { BYTES, STATUS })
    void anUnsignalledSend_tellsTheReceiverOnly(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 100, 4);
        pair.right().postReceive(1, 0, 100);
        pair.right().postReceive(2, 100, 100);
        SendRequest silent = pair.left().send(0, 100);
        silent.flags = 0;
        silent.wrId = 1;
        pair.left().post(silent);
        assertThat(pair.right().awaitOk().wrId).isEqualTo(1);

        SendRequest told = pair.left().send(0, 100);
        told.wrId = 2;
        pair.left().post(told);
        assertThat(pair.left().awaitOk().wrId).isEqualTo(2);
        assertThat(pair.right().awaitOk().wrId).isEqualTo(2);
        pair.left().assertNothingCompleted();
        assertThat(pair.right().memory.bytes(0, 100)).isEqualTo(pair.left().memory.bytes(0, 100));
    }

    @Row(value = "LoopbackRcQpTest.SendLargeChunk", asserts = { BYTES, STATUS })
    void aSend_of64MiB_arrivesWhole(Lab lab) {
        Pair pair = lab.pair(usual -> usual.withBytes(LARGE));
        MemorySegment source = pair.left().memory.segment();
        for (long at = 0; at < LARGE; at += Long.BYTES) {
            source.set(ValueLayout.JAVA_LONG, at, at * 0x9E37_79B9_7F4A_7C15L);
        }
        pair.right().postReceive(1, 0, LARGE);
        pair.left().post(pair.left().send(0, LARGE));

        pair.left().awaitOk();
        assertThat(pair.right().awaitOk().byteLength).isEqualTo(LARGE);
        assertThat(pair.right().memory.segment().mismatch(source)).isEqualTo(-1);
    }

    @Row(value = "LoopbackRcQpTest.SendInlineData", asserts = { BYTES, STATUS })
    void inlineBytes_areTakenByThePost_withoutAKey(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, INLINE_BYTES, 5);
        byte[] sent = pair.left().memory.bytes(0, INLINE_BYTES);
        pair.right().postReceive(1, 0, INLINE_BYTES);
        try (Memory elsewhere = lab.memory(INLINE_BYTES)) {
            elsewhere.put(0, sent);
            pair.left().post(inline(elsewhere.segment(), INLINE_BYTES));
            elsewhere.segment().fill((byte) 0);
        }
        pair.left().awaitOk();
        assertThat(pair.right().awaitOk().byteLength).isEqualTo(INLINE_BYTES);
        assertThat(pair.right().memory.bytes(0, INLINE_BYTES)).isEqualTo(sent);
    }

    private static SendRequest inline(MemorySegment memory, int length) {
        SendRequest send = new SendRequest().addInline(memory, 0, length);
        send.flags |= SendFlag.SIGNALED;
        return send;
    }

    @Row(value = "LoopbackRcQpTest.SendExceedMaxInlineData", asserts = { BYTES, ERRNO, STATUS })
    void inlineBytes_overTheLimit_areRefusedByThePost(Lab lab) {
        Pair pair = lab.pair();
        byte[] before = pair.right().memory.bytes();
        pair.right().postReceive(1, 0, 4096);
        assertThat(pair.left().qp.postSend(inline(pair.left().memory.segment(), INLINE_BYTES + 1)))
                .isEqualTo(PostResult.refused(Errno.EINVAL, 0));

        pair.left().assertNothingCompleted();
        pair.right().assertNothingCompleted();
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
        pair.left().post(inline(pair.left().memory.segment(), INLINE_BYTES));
        pair.left().awaitOk();
        pair.right().awaitOk();
    }

    @Row(value = "LoopbackRcQpTest.SendInlineDataInvalidOp", asserts = { BYTES, STATUS })
    void anInlineFlag_onARead_isIgnored(Lab lab) {
        Pair pair = lab.pair();
        pair.right().memory.fill(0, 64, 6);
        SendRequest read = pair.left().read(0, 64, pair.right(), 0);
        read.flags |= SendFlag.INLINE;
        pair.left().post(read);

        assertThat(pair.left().await(lab.profile().status(Decision.INLINE_FLAG_WITHOUT_PAYLOAD)).opcode)
                .isEqualTo(WcOpcode.RDMA_READ);
        assertThat(pair.left().memory.bytes(0, 64)).isEqualTo(pair.right().memory.bytes(0, 64));
    }

    @Row(value = "LoopbackRcQpTest.SendImmData", asserts = { BYTES, STATUS })
    void anImmediate_reachesTheReceiver_asTheNumberThatItWas(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 10, 7);
        pair.right().postReceive(1, 0, 10);
        SendRequest send = pair.left().request(WrOpcode.SEND_WITH_IMM, 0, 10);
        send.immediate = 0x1234_5678;
        pair.left().post(send);

        pair.left().awaitOk();
        WorkCompletion received = pair.right().awaitOk();
        assertThat(received.flags & WorkCompletion.WITH_IMM).isNotZero();
        assertThat(received.immediate).isEqualTo(0x1234_5678);
        assertThat(received.opcode).isEqualTo(WcOpcode.RECV);
        assertThat(pair.right().memory.bytes(0, 10)).isEqualTo(pair.left().memory.bytes(0, 10));
    }

    @Row(value = "LoopbackRcQpTest.QpSigAll", asserts = { BYTES, STATUS })
    void aQp_thatSignalsAll_tellsOfRequestsWithoutTheFlag(Lab lab) {
        Pair pair = lab.pair(usual -> usual.signallingAll());
        pair.left().memory.fill(0, 64, 8);
        SendRequest write = pair.left().write(0, 64, pair.right(), 0);
        write.flags = 0;
        write.wrId = 9;
        pair.left().post(write);

        assertThat(pair.left().awaitOk().wrId).isEqualTo(9);
        assertThat(pair.right().memory.bytes(0, 64)).isEqualTo(pair.left().memory.bytes(0, 64));
    }

    @Row(value = "LoopbackRcQpTest.SgePointerChase", asserts = { BYTES, STATUS })
    void aRequest_mayBeFilledAnew_onceThePostHasReturned(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 4096, 9);
        SendRequest request = new SendRequest();
        for (int i = 0; i < 8; i++) {
            pair.right().postReceive(i, i * 512L, 512);
        }
        for (int i = 0; i < 8; i++) {
            request.clear().addSge(pair.left().memory.address(i * 512L), 200, pair.left().mr.lkey())
                    .addSge(pair.left().memory.address(i * 512L + 200), 312, pair.left().mr.lkey());
            request.wrId = i;
            request.flags = SendFlag.SIGNALED;
            pair.left().post(request);
            request.clear().addSge(-1, -1, -1);
        }
        for (int i = 0; i < 8; i++) {
            assertThat(pair.left().awaitOk().wrId).isEqualTo(i);
            assertThat(pair.right().awaitOk().byteLength).isEqualTo(512);
        }
        assertThat(pair.right().memory.bytes(0, 4096)).isEqualTo(pair.left().memory.bytes(0, 4096));
    }

    @Row(value = "LoopbackRcQpTest.FullSubmissionQueue", asserts = { BYTES, STATUS, ERRNO })
    void aSendQueue_keptExactlyFull_losesAndDoublesNothing(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 4096, 10);
        int posted = 0;
        while (PostResult.isOk(pair.left().qp.postSend(numbered(pair, posted)))) {
            posted++;
        }
        int half = posted / 2;
        int completed = 0;
        for (int batch = 0; batch < 20; batch++) {
            for (int i = 0; i < half; i++) {
                assertThat(pair.left().awaitOk().wrId).isEqualTo(completed++);
            }
            for (int i = 0; i < half; i++) {
                pair.left().post(numbered(pair, posted++));
            }
            assertThat(pair.left().qp.postSend(numbered(pair, posted)))
                    .isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
        }
        while (completed < posted) {
            assertThat(pair.left().awaitOk().wrId).isEqualTo(completed++);
        }
        pair.left().assertNothingCompleted();
        assertThat(pair.right().memory.bytes(0, 4096)).isEqualTo(pair.left().memory.bytes(0, 4096));
    }

    /** A WRITE of 64 bytes, each to its place. */
    private static SendRequest numbered(Pair pair, int number) {
        SendRequest write = pair.left().write(number % 64 * 64L, 64, pair.right(), number % 64 * 64L);
        write.wrId = number;
        return write;
    }

    @Row(value = "LoopbackRcQpTest.QueryQpInitialState", asserts = STATE)
    void connectedQps_areInRts(Lab lab) {
        Pair pair = lab.pair();
        assertThat(pair.left().qp.state()).isEqualTo(QpState.RTS);
        assertThat(pair.right().qp.state()).isEqualTo(QpState.RTS);
    }

    @Row(value = "LoopbackRcQpTest.FlushErrorPollTogether", asserts = { BYTES, STATUS, STATE })
    void aGoodRequest_behindABadOne_isFlushed_andThePeerIsInRtsStill(Lab lab) {
        Pair pair = lab.pair();
        End left = pair.left();
        byte[] before = pair.right().memory.bytes();
        left.memory.fill(0, 64, 11);
        SendRequest bad = Spoil.localKeys(left.write(0, 64, pair.right(), 0));
        bad.wrId = 1;
        bad.next = left.write(0, 64, pair.right(), 64);
        bad.next.wrId = 2;
        left.post(bad);

        WorkCompletion first = left.await();
        assertThat(first.wrId).isEqualTo(1);
        assertThat(first.status).isEqualTo(WcStatus.LOC_ACCESS_ERR);
        WorkCompletion second = left.await();
        assertThat(second.wrId).isEqualTo(2);
        assertThat(second.status).isEqualTo(WcStatus.WR_FLUSH_ERR);
        assertThat(pair.right().qp.state()).isEqualTo(QpState.RTS);
        left.assertEnded();
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }
}
