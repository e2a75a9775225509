package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import java.util.function.IntFunction;

/** Batches of each operation, and posts that are refused: test_qpex.py of rdma-core, whose builders are chains of plain requests here. */
class PyverbsQpexRowsTest {
    private static final int BATCH = 8;
    private static final int LENGTH = 700;
    private static final int TARGET = 32_768;

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_send", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aBatchOfSends_arrivesInOrder(Lab lab) {
        assertSent(lab, WrOpcode.SEND, 0);
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_send_imm", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aBatchOfSends_bringsEachItsNumber(Lab lab) {
        assertSent(lab, WrOpcode.SEND_WITH_IMM, WorkCompletion.WITH_IMM);
    }

    private static void assertSent(Lab lab, WrOpcode opcode, int flags) {
        Pair pair = filled(lab);
        for (int i = 0; i < BATCH; i++) {
            pair.right().postReceive(i, place(i), LENGTH);
        }
        pair.left().post(batch(i -> withImmediate(pair.left().request(opcode, i * LENGTH, LENGTH), i)));

        for (int i = 0; i < BATCH; i++) {
            Traffic.assertCompletion(pair.left().awaitOk(), i, WcOpcode.SEND, pair.left());
            WorkCompletion received = pair.right().awaitOk();
            Traffic.assertCompletion(received, i, WcOpcode.RECV, pair.right());
            assertReceived(received, flags, i);
        }
        assertCarried(pair);
    }

    private static SendRequest withImmediate(SendRequest request, int number) {
        request.immediate = immediate(number);
        return request;
    }

    private static int immediate(int number) {
        return 0x8765_4300 + number;
    }

    private static void assertReceived(WorkCompletion received, int flags, int number) {
        assertThat(received.byteLength).isEqualTo(LENGTH);
        assertThat(received.flags).isEqualTo(flags);
        if (flags == WorkCompletion.WITH_IMM) {
            assertThat(received.immediate).isEqualTo(immediate(number));
        }
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_rdma_write", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aBatchOfWrites_isThere_andNobodyHearsOfIt(Lab lab) {
        Pair pair = filled(lab);
        pair.left().post(batch(i -> pair.left().write(i * LENGTH, LENGTH, pair.right(), place(i))));

        assertCompleted(pair.left(), WcOpcode.RDMA_WRITE);
        assertCarried(pair);
        pair.right().assertNothingCompleted();
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_rdma_write_imm", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void aBatchOfWrites_bringsEachItsNumber_toAnEmptyReceive(Lab lab) {
        Pair pair = filled(lab);
        for (int i = 0; i < BATCH; i++) {
            pair.right().postEmptyReceive(i);
        }
        pair.left().post(batch(i -> withImmediate(
                pair.left().request(WrOpcode.RDMA_WRITE_WITH_IMM, i * LENGTH, LENGTH, pair.right(), place(i)), i)));

        assertCompleted(pair.left(), WcOpcode.RDMA_WRITE);
        for (int i = 0; i < BATCH; i++) {
            WorkCompletion received = pair.right().awaitOk();
            Traffic.assertCompletion(received, i, WcOpcode.RECV_RDMA_WITH_IMM, pair.right());
            assertReceived(received, WorkCompletion.WITH_IMM, i);
        }
        assertCarried(pair);
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_rdma_write_zero_size", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void writesOfNothing_complete_andWriteNothing(Lab lab) {
        Pair pair = filled(lab);
        byte[] before = pair.right().memory.bytes();
        pair.left().post(batch(i -> {
            SendRequest write = pair.left().write(0, 0, pair.right(), i);
            return i % 2 == 0 ? write : write.clearSges();
        }));

        assertCompleted(pair.left(), WcOpcode.RDMA_WRITE);
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
        pair.right().assertNothingCompleted();
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_rdma_read", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aBatchOfReads_bringsThePeersBytes_andNobodyHearsOfIt(Lab lab) {
        Pair pair = filled(lab);
        pair.right().post(batch(i -> pair.right().read(place(i), LENGTH, pair.left(), i * LENGTH)));

        assertCompleted(pair.right(), WcOpcode.RDMA_READ);
        assertCarried(pair);
        pair.left().assertNothingCompleted();
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_rdma_read_zero_size", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void readsOfNothing_complete_andBringNothing(Lab lab) {
        Pair pair = filled(lab);
        byte[] before = pair.left().memory.bytes();
        pair.left().post(batch(i -> pair.left().read(i, 0, pair.right(), i)));

        assertCompleted(pair.left(), WcOpcode.RDMA_READ);
        assertThat(pair.left().memory.bytes()).isEqualTo(before);
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_atomic_cmp_swp", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void aBatchOfSwaps_isDoneInOrder_eachOnWhatTheLastOneLeft(Lab lab) {
        Pair pair = lab.pair();
        pair.right().memory.putLong(TARGET, 100);
        pair.left().post(batch(i -> pair.left().compareSwap(i * Long.BYTES, pair.right(), TARGET, 100 + i, 101 + i)));

        assertCompleted(pair.left(), WcOpcode.COMP_SWAP);
        assertOldValues(pair.left());
        assertThat(pair.right().memory.getLong(TARGET)).isEqualTo(100 + BATCH);
    }

    @Row(value = "test_qpex.QpExTestCase.test_qp_ex_rc_atomic_fetch_add", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void aBatchOfAdditions_isDoneInOrder(Lab lab) {
        Pair pair = lab.pair();
        pair.right().memory.putLong(TARGET, 100);
        pair.left().post(batch(i -> pair.left().fetchAdd(i * Long.BYTES, pair.right(), TARGET, 1)));

        assertCompleted(pair.left(), WcOpcode.FETCH_ADD);
        assertOldValues(pair.left());
        assertThat(pair.right().memory.getLong(TARGET)).isEqualTo(100 + BATCH);
    }

    private static void assertOldValues(End end) {
        for (int i = 0; i < BATCH; i++) {
            assertThat(end.memory.getLong(i * Long.BYTES)).isEqualTo(100 + i);
        }
    }

    @Row(value = { "test_qpex.QpExTestCase.test_qp_ex_ud_send", "test_qpex.QpExTestCase.test_qp_ex_ud_zero_size",
        "test_qpex.QpExTestCase.test_qp_ex_ud_send_imm" }, suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aUdQp_isEopnotsupp(Lab lab) {
        Unsupported.assertRefused(lab, QpType.UD);
    }

    @Row(value = "test_qpex.QpExTestCase.test_post_receive_qp_state_bad_flow", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS, STATE })
    void receives_postedBeforeRts_waitForIt_andBehindItAreFlushed(Lab lab) {
        assertThat(lab.profile().outcome(Decision.POST_IN_WRONG_STATE)).isEqualTo(Outcome.DEFERRED);
        End left = lab.end();
        End right = lab.end(lab.bob(), EndSpec.usual());
        right.postReceive(1, 0, LENGTH);
        right.assertNothingCompleted();
        Pair pair = lab.connect(left, right);
        left.memory.fill(0, LENGTH, 9);
        left.post(left.send(0, LENGTH));
        left.awaitOk();
        assertThat(right.awaitOk().wrId).isEqualTo(1);
        assertThat(right.memory.bytes(0, LENGTH)).isEqualTo(left.memory.bytes(0, LENGTH));

        pair.link().out().disconnect();
        right.awaitLeavingRts();
        right.assertFlushes();
    }

    @Row(value = "test_qpex.QpExTestCase.test_post_send_qp_state_bad_flow", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS, STATE })
    void sends_postedBeforeRts_waitForIt_andBehindItAreFlushed(Lab lab) {
        assertThat(lab.profile().outcome(Decision.SEND_BEFORE_RTS)).isEqualTo(Outcome.DEFERRED);
        End left = lab.end();
        End right = lab.end(lab.bob(), EndSpec.usual());
        left.memory.fill(0, LENGTH, 9);
        SendRequest early = left.send(0, LENGTH);
        early.wrId = 1;
        left.post(early);
        right.postReceive(2, 0, LENGTH);
        left.assertNothingCompleted();
        assertThat(left.qp.state()).isEqualTo(QpState.INIT);
        Pair pair = lab.connect(left, right);

        assertThat(left.awaitOk().wrId).isEqualTo(1);
        assertThat(right.awaitOk().wrId).isEqualTo(2);
        assertThat(right.memory.bytes(0, LENGTH)).isEqualTo(left.memory.bytes(0, LENGTH));
        pair.link().in().disconnect();
        left.awaitLeavingRts();
        left.assertFlushes();
    }

    @Row(value = "test_qpex.QpExTestCase.test_full_rq_bad_flow", suite = Row.PYVERBS, asserts = { ERRNO, STATUS })
    void aFullReceiveQueue_isEnomem_untilOneIsTaken(Lab lab) {
        Pair pair = lab.pair();
        End right = pair.right();
        int depth = right.qp.query().capabilities().maxRecvWr();
        assertThat(right.qp.postRecv(receives(right, depth + 2))).isEqualTo(PostResult.refused(Errno.ENOMEM, depth));
        assertThat(right.qp.postRecv(right.receive(-1, 0, LENGTH))).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));

        assertTaken(pair, 0);
        right.postReceive(depth, 0, LENGTH);

        assertThat(right.qp.postRecv(right.receive(-1, 0, LENGTH))).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
        for (int i = 1; i <= depth; i++) {
            assertTaken(pair, i);
        }
    }

    private static void assertTaken(Pair pair, int receive) {
        pair.left().post(pair.left().send(0, LENGTH));
        pair.left().awaitOk();
        assertThat(pair.right().awaitOk().wrId).isEqualTo(receive);
    }

    private static ReceiveRequest receives(End end, int count) {
        ReceiveRequest first = null;
        for (int i = count - 1; i >= 0; i--) {
            ReceiveRequest receive = end.receive(i, 0, LENGTH);
            receive.next = first;
            first = receive;
        }
        return first;
    }

    @Row(value = "test_qpex.QpExTestCase.test_rq_with_larger_sgl_bad_flow", suite = Row.PYVERBS, asserts = { ERRNO,
        STATUS })
    void moreElementsThanThereCanBe_areEinval_andWhatIsBeforeThemIsPosted(Lab lab) {
        Pair pair = lab.pair();
        End left = pair.left();
        ReceiveRequest receive = pair.right().receive(1, 0, LENGTH);
        receive.next = pair.right().receive(2, 0, LENGTH);
        receive.next.sgeCount = pair.right().qp.query().capabilities().maxRecvSge() + 1;
        assertThat(pair.right().qp.postRecv(receive)).isEqualTo(PostResult.refused(Errno.EINVAL, 1));

        SendRequest send = left.send(0, LENGTH);
        send.next = left.send(0, 1);
        while (send.next.sgeCount() <= left.qp.query().capabilities().maxSendSge()) {
            send.next.addSge(left.memory.address(0), 1, left.mr.lkey());
        }
        assertThat(left.qp.postSend(send)).isEqualTo(PostResult.refused(Errno.EINVAL, 1));

        left.awaitOk();
        assertThat(pair.right().awaitOk().wrId).isEqualTo(1);
        left.assertNothingCompleted();
        pair.assertWorks();
    }

    /** A pair whose left side has something to send. */
    private static Pair filled(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, BATCH * LENGTH, 5);
        return pair;
    }

    /** Requests in one chain, numbered from 0. */
    private static SendRequest batch(IntFunction<SendRequest> request) {
        SendRequest first = null;
        for (int i = BATCH - 1; i >= 0; i--) {
            SendRequest made = request.apply(i);
            made.wrId = i;
            made.next = first;
            first = made;
        }
        return first;
    }

    /** Where the right side has a request's bytes: a gap between any two. */
    private static int place(int request) {
        return TARGET + request * (LENGTH + 1);
    }

    private static void assertCompleted(End end, WcOpcode opcode) {
        for (int i = 0; i < BATCH; i++) {
            Traffic.assertCompletion(end.awaitOk(), i, opcode, end);
        }
    }

    private static void assertCarried(Pair pair) {
        for (int i = 0; i < BATCH; i++) {
            assertThat(pair.right().memory.bytes(place(i), LENGTH))
                    .isEqualTo(pair.left().memory.bytes(i * LENGTH, LENGTH));
            assertThat(pair.right().memory.bytes(place(i) + LENGTH, 1)).containsExactly(0);
        }
    }
}
