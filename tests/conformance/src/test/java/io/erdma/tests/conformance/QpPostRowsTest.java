package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** Posts in every state: unit/qp_test.cc. */
class QpPostRowsTest {
    private static final int LENGTH = 64;
    /** As many as a QP takes. */
    private static final int REQUESTS = 16;

    @Row(value = { "QpStateTest.PostSendReset", "QpStateTest.PostSendInit", "QpStateTest.PostSendRtr" },
            asserts = { BYTES, STATUS, STATE })
    void sends_postedTooEarly_waitForTheConnection(Lab lab) {
        assertThat(lab.profile().outcome(Decision.SEND_BEFORE_RTS)).isEqualTo(Outcome.DEFERRED);
        for (QpState asked : new QpState[]{ QpState.RESET, QpState.INIT, QpState.RTR }) {
            End left = lab.end();
            End right = lab.end(lab.bob(), EndSpec.usual());
            left.qp.modify(asked);
            left.memory.fill(0, LENGTH, 1);
            SendRequest early = left.send(0, LENGTH);
            early.wrId = 5;
            left.post(early);
            left.assertNothingCompleted();
            right.postReceive(6, 0, LENGTH);

            lab.connect(left, right);
            assertThat(left.awaitOk().wrId).isEqualTo(5);
            assertThat(right.awaitOk().wrId).isEqualTo(6);
            assertThat(right.memory.bytes(0, LENGTH)).isEqualTo(left.memory.bytes(0, LENGTH));
        }
    }

    @Row(value = { "QpStateTest.PostRecvReset", "QpStateTest.PostRecvInit", "QpStateTest.PostRecvRtr" },
            asserts = { BYTES, STATUS, STATE })
    void receives_postedBeforeTheConnection_areUsedByIt(Lab lab) {
        for (QpState asked : new QpState[]{ QpState.RESET, QpState.INIT, QpState.RTR }) {
            End left = lab.end();
            End right = lab.end(lab.bob(), EndSpec.usual());
            right.qp.modify(asked);
            right.postReceive(6, 0, LENGTH);
            right.assertNothingCompleted();

            lab.connect(left, right);
            left.memory.fill(0, LENGTH, 2);
            left.post(left.send(0, LENGTH));
            left.awaitOk();
            assertThat(right.awaitOk().wrId).isEqualTo(6);
            assertThat(right.memory.bytes(0, LENGTH)).isEqualTo(left.memory.bytes(0, LENGTH));
        }
    }

    @Row(value = { "QpStateTest.PostSendErr", "QpStateTest.PostRecvErr" },
            asserts = { BYTES, STATUS, STATE, ERRNO, BYSTANDER })
    void posts_toAQpThatTheProgramMovedToErr_areFlushed_orRefusedByUserVerbs(Lab lab) {
        Pair pair = lab.pair();
        End left = pair.left();
        left.qp.modify(QpState.ERR);
        if (lab.api() == Api.USER) {
            assertThat(left.qp.postSend(left.send(0, LENGTH))).isEqualTo(PostResult.refused(Errno.EIO, 0));
            assertThat(left.qp.postRecv(left.receive(1, 0, LENGTH))).isEqualTo(PostResult.refused(Errno.EIO, 0));
            left.assertNothingCompleted();
        } else {
            left.assertFlushes();
        }
        pair.right().awaitLeavingRts();
        pair.right().assertFlushes();
    }

    @Row(value = "QpStateTest.PostSendErrDelayed", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void posts_toAQpWhoseConnectionWent_areFlushed_inOrder_againAndAgain(Lab lab) {
        Pair pair = ended(lab);
        for (int round = 0; round < 4; round++) {
            pair.left().assertFlushes();
        }
        pair.left().assertNothingCompleted();
    }

    @Row(value = "QpStateTest.PostSendErrConcurrent", asserts = { STATUS, STATE, BYSTANDER })
    void posts_ofManyThreads_toAQpWhoseConnectionWent_areAllFlushed(Lab lab) throws InterruptedException {
        int threads = 4;
        int each = 200;
        End left = ended(lab).left();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> posters = new ArrayList<>();
        for (int n = 0; n < threads; n++) {
            long firstId = (long) n * each;
            Thread poster = Thread.ofPlatform().unstarted(() -> {
                for (int i = 0; i < each; i++) {
                    SendRequest request = left.send(0, LENGTH);
                    request.wrId = firstId + i;
                    Await.until("there is room", () -> PostResult.isOk(left.qp.postSend(request)));
                }
            });
            poster.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
            posters.add(poster);
        }
        posters.forEach(Thread::start);
        Set<Long> flushed = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < threads * each; i++) {
            assertThat(flushed.add(left.await(WcStatus.WR_FLUSH_ERR).wrId)).isTrue();
        }
        for (Thread poster : posters) {
            poster.join();
        }
        assertThat(failures).isEmpty();
        left.assertNothingCompleted();
    }

    /** A pair whose right program has let go: the left QP has lost its connection. */
    private static Pair ended(Lab lab) {
        Pair pair = lab.pair();
        pair.right().qp.modify(QpState.ERR);
        pair.left().awaitLeavingRts();
        return pair;
    }

    @Row(value = "QpStateTest.ModRtsToError", asserts = { STATE, STATUS, BYSTANDER })
    void aQp_thatIsMovedToErr_saysSo_andFlushesWhatWasPosted(Lab lab) {
        Pair pair = lab.pair();
        for (int i = 0; i < 3; i++) {
            pair.left().postReceive(i, 0, LENGTH);
        }
        pair.left().qp.modify(QpState.ERR);

        assertThat(pair.left().qp.state()).isEqualTo(QpState.ERR);
        for (int i = 0; i < 3; i++) {
            assertThat(pair.left().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(i);
        }
        pair.right().awaitLeavingRts();
    }

    @Row(value = "QpPostTest.OverflowSendWr", asserts = { BYTES, STATUS, ERRNO })
    void aChain_longerThanTheQueue_isTakenAsFarAsItFits(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 4096, 3);
        List<SendRequest> chain = IntStream.rangeClosed(0, REQUESTS).mapToObj(i -> largest(pair, i)).toList();
        for (int i = 0; i < REQUESTS; i++) {
            chain.get(i).next = chain.get(i + 1);
        }
        assertThat(pair.left().qp.postSend(chain.getFirst())).isEqualTo(PostResult.refused(Errno.ENOMEM, REQUESTS));

        for (int i = 0; i < REQUESTS; i++) {
            assertThat(pair.left().awaitOk().wrId).isEqualTo(i);
        }
        pair.left().assertNothingCompleted();
        assertThat(pair.right().memory.bytes(0, REQUESTS * LENGTH))
                .isEqualTo(pair.left().memory.bytes(0, REQUESTS * LENGTH));
        assertThat(pair.right().memory.bytes(REQUESTS * LENGTH, LENGTH)).containsOnly(0);
        pair.left().post(chain.getLast());
        assertThat(pair.left().awaitOk().wrId).isEqualTo(REQUESTS);
    }

    /** A WRITE that takes as much of the ring as any request. */
    private static SendRequest largest(Pair pair, int number) {
        End left = pair.left();
        SendRequest write = left.write(0, 0, pair.right(), (long) number * LENGTH).clearSges();
        write.wrId = number;
        int offset = number * LENGTH;
        for (int element = 0; element < 6; element++) {
            int length = element < 5 ? 10 : 14;
            write.addSge(left.memory.address(offset), length, left.mr.lkey());
            offset += length;
        }
        return write;
    }
}
