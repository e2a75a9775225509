package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.CqSpec;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Memory;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsChannel;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.tests.conformance.harness.VerbsQp;
import io.erdma.verbs.UserContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Completion queues: unit/cq_test.cc. */
class CqRowsTest {
    private static final int QPS = 8;
    private static final int REQUESTS = 10;
    private static final int LENGTH = 8;
    /** The smallest that programs get. */
    private static final int SMALL_CQ = 64;

    private static void assertNoCq(Lab lab) {
        assertThat(AliceDevice.objects(lab).completionQueues()).isEmpty();
    }

    private static void assertRefused(Lab lab, CqSpec cq) {
        Verbs verbs = lab.open();
        Refused.with(Errno.EINVAL, () -> verbs.createCq(cq));
        assertNoCq(lab);
    }

    private static void assertMade(Lab lab, CqSpec spec) {
        VerbsCq cq = lab.open().createCq(spec);
        assertThat(cq.entries()).isGreaterThanOrEqualTo(spec.entries());
        assertThat(Integer.bitCount(cq.entries())).isOne();
        assertThat(cq.poll(4, WorkCompletion.array(4))).isZero();
        cq.close();
        assertNoCq(lab);
    }

    @Row(value = "CqTest.Basic", asserts = STATE)
    void aCq_isMade_isEmpty_andGoes(Lab lab) {
        assertMade(lab, CqSpec.of(10));
        assertMade(lab, CqSpec.of(64));
        assertMade(lab, CqSpec.of(65));
        assertMade(lab, CqSpec.of(1));
    }

    @Row(value = "CqTest.DestroyInvalidCq", asserts = { ERRNO, STATE })
    void aCqThatIsGone_isNotDestroyedTwice_andNoQpIsMadeOnIt(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        VerbsCq gone = verbs.createCq(10);
        gone.close();
        VerbsCq other = verbs.createCq(10);
        gone.close();
        assertThat(AliceDevice.objects(lab).completionQueues()).hasSize(1);
        Refused.asGone(lab.api(), () -> pd.createQp(QpSpec.of(gone)));
        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
        other.close();

        UserContext handles = AliceDevice.handles(lab);
        Refused.with(Errno.ENOENT, () -> handles.destroyCq(1));
        Refused.with(Errno.ENOENT, () -> handles.destroyCq(handles.allocPd()));
    }

    @Row(value = "CqTest.NegativeCqe", asserts = { ERRNO, STATE })
    void aCq_ofLessThanNothing_isRefused(Lab lab) {
        assertRefused(lab, CqSpec.of(-1));
        assertRefused(lab, CqSpec.of(Integer.MIN_VALUE));
    }

    @Row(value = "CqTest.ZeroCqe", asserts = { ERRNO, STATE })
    void aCq_ofNothing_isRefused(Lab lab) {
        assertRefused(lab, CqSpec.of(0));
    }

    @Row(value = "CqTest.MaxCqe", asserts = { ERRNO, STATE })
    void aCq_mayHaveAsManyEntriesAsTheDeviceSays_andNoMore(Lab lab) {
        int most = lab.open().attributes().maxCqe();
        assertMade(lab, CqSpec.of(most));
        assertRefused(lab, CqSpec.of(most + 1));
        assertRefused(lab, CqSpec.of(Integer.MAX_VALUE));
    }

    @Row(value = "CqTest.WithChannel", asserts = { STATE, ERRNO })
    void aCq_reportsToAChannel_whichMustOutliveIt(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        VerbsCq cq = verbs.createCq(CqSpec.of(10).withChannel(channel));

        Refused.with(Errno.EBUSY, channel::close);

        cq.close();
        channel.close();
        Refused.asGone(lab.api(), () -> verbs.createCq(CqSpec.of(10).withChannel(channel)));
        assertNoCq(lab);
    }

    @Row(value = "CqTest.ShareChannel", asserts = { STATE, ERRNO })
    void cqs_shareAChannel_butNotAnothersChannel(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        VerbsCq first = verbs.createCq(CqSpec.of(10).withChannel(channel));
        VerbsCq second = verbs.createCq(CqSpec.of(10).withChannel(channel));

        first.close();
        Refused.with(Errno.EBUSY, channel::close);
        second.close();

        Verbs other = lab.open(lab.bob());
        Refused.with(Errno.EINVAL, () -> other.createCq(CqSpec.of(10).withChannel(channel)));
        assertNoCq(lab);
        channel.close();
    }

    @Row(value = "CqTest.NegativeCompVector", asserts = { ERRNO, STATE })
    void aNegativeVector_isRefused(Lab lab) {
        assertRefused(lab, CqSpec.of(10).withVector(-1));
    }

    @Row(value = "CqTest.ZeroCompVector", asserts = STATE)
    void vectorZero_isThere(Lab lab) {
        assertMade(lab, CqSpec.of(10).withVector(0));
    }

    @Row(value = "CqTest.LargeCompVector", asserts = STATE)
    void theLastVector_isThere(Lab lab) {
        assertMade(lab, CqSpec.of(10).withVector(lab.open().completionVectors() - 1));
    }

    @Row(value = "CqTest.AboveMaxCompVector", asserts = { ERRNO, STATE })
    void aVectorBehindTheLast_isRefused(Lab lab) {
        assertRefused(lab, CqSpec.of(10).withVector(lab.open().completionVectors()));
        assertRefused(lab, CqSpec.of(10).withVector(Integer.MAX_VALUE));
    }

    /** Alice's QPs with one CQ for sends and one for receives, each connected to an end on bob's host. */
    private static final class Shared {
        final VerbsCq sends;
        final VerbsCq receives;
        final Memory memory;
        final VerbsMr mr;
        final List<VerbsQp> qps = new ArrayList<>();
        final List<End> peers = new ArrayList<>();

        Shared(Lab lab, int count, int entries, QpCapabilities sizes) {
            Verbs verbs = lab.open();
            VerbsPd pd = verbs.allocPd();
            sends = verbs.createCq(entries);
            receives = verbs.createCq(entries);
            memory = lab.memory(4096);
            mr = pd.regMr(memory.segment(), Access.values());
            QpSpec spec = QpSpec.of(sends).withCqs(Optional.of(sends), Optional.of(receives)).withSizes(sizes);
            for (int i = 0; i < count; i++) {
                VerbsQp qp = pd.createQp(spec);
                End peer = lab.end(lab.bob(), EndSpec.usual().withSizes(sizes).withCqEntries(1024));
                lab.connect(lab.alice(), qp, lab.bob(), peer.qp);
                qps.add(qp);
                peers.add(peer);
            }
        }

        void write(int qp, long wrId) {
            SendRequest request = new SendRequest().addSge(memory.address(0), LENGTH, mr.lkey());
            request.opcode = WrOpcode.RDMA_WRITE;
            request.flags = SendFlag.SIGNALED;
            request.wrId = wrId;
            request.remoteAddress = peers.get(qp).memory.address(LENGTH * wrId);
            request.remoteKey = peers.get(qp).mr.rkey();
            assertThat(qps.get(qp).postSend(request)).isEqualTo(PostResult.ok(1));
        }

        void receive(int qp, long wrId) {
            assertThat(qps.get(qp).postRecv(new ReceiveRequest().set(wrId, memory.address(LENGTH * wrId), LENGTH,
                    mr.lkey()))).isEqualTo(PostResult.ok(1));
        }

        /** Every QP's requests complete at this CQ, none is lost, and each QP's in its order. */
        void assertAllComplete(VerbsCq cq) {
            Map<Integer, Integer> next = new HashMap<>();
            WorkCompletion[] some = WorkCompletion.array(7);
            int[] taken = new int[1];
            for (int left = QPS * REQUESTS; left > 0; left -= taken[0]) {
                Await.until("there is a completion", () -> (taken[0] = cq.poll(some.length, some)) != 0);
                for (int i = 0; i < taken[0]; i++) {
                    assertThat(some[i].status).isEqualTo(WcStatus.SUCCESS);
                    assertThat(some[i].wrId).isEqualTo(next.merge(some[i].qpNumber, 1, Integer::sum) - 1);
                }
            }
            assertThat(cq.poll(1, some)).isZero();
            assertThat(next).hasSize(QPS).allSatisfy((_, count) -> assertThat(count).isEqualTo(REQUESTS));
        }
    }

    @Row(value = "CqBatchOpTest.SendSharedCq", asserts = { BYTES, STATUS })
    void manySenders_shareACq_andNothingIsLost(Lab lab) {
        Shared shared = new Shared(lab, QPS, 256, QpSpec.SIZES);
        shared.memory.fill(0, LENGTH, 3);
        for (int request = 0; request < REQUESTS; request++) {
            for (int qp = 0; qp < QPS; qp++) {
                shared.write(qp, request);
            }
        }

        shared.assertAllComplete(shared.sends);
        for (End peer : shared.peers) {
            for (int request = 0; request < REQUESTS; request++) {
                assertThat(peer.memory.getLong((long) LENGTH * request)).isEqualTo(shared.memory.getLong(0));
            }
        }
    }

    @Row(value = "CqBatchOpTest.RecvSharedCq", asserts = { BYTES, STATUS })
    void manyReceivers_shareACq_andNothingIsLost(Lab lab) {
        Shared shared = new Shared(lab, QPS, 256, QpSpec.SIZES);
        for (int request = 0; request < REQUESTS; request++) {
            for (int qp = 0; qp < QPS; qp++) {
                shared.receive(qp, request);
            }
        }
        for (int request = 0; request < REQUESTS; request++) {
            for (End peer : shared.peers) {
                peer.memory.putLong(0, request + 1);
                peer.post(peer.send(0, LENGTH));
                peer.awaitOk();
            }
        }

        shared.assertAllComplete(shared.receives);
        for (int request = 0; request < REQUESTS; request++) {
            assertThat(shared.memory.getLong((long) LENGTH * request)).isEqualTo(request + 1);
        }
    }

    private static final QpCapabilities DEEP = new QpCapabilities(256, 256, 1, 1, 0);

    /** Half as much again as the CQ holds. */
    private static final int TOO_MANY = SMALL_CQ * 3 / 2;

    /** A poll ends, and finds no failure and no more than there is room for; then the CQ goes, and with it nothing else. */
    private static void assertUsableAfterwards(Lab lab, Shared shared, VerbsCq overrun) {
        assertThat(lab.profile().outcome(Decision.CQ_OVERFLOW)).isEqualTo(Outcome.OVERWRITTEN);
        WorkCompletion[] some = WorkCompletion.array(2 * TOO_MANY);
        int taken = overrun.poll(some.length, some);
        assertThat(taken).isLessThanOrEqualTo(SMALL_CQ);
        assertThat(Arrays.copyOf(some, taken)).allMatch(WorkCompletion::ok);
        shared.qps.forEach(qp -> assertThat(qp.events()).isEmpty());
        shared.qps.forEach(VerbsQp::close);
        shared.sends.close();
        shared.receives.close();
        lab.pair().assertWorks();
    }

    private static void overrunSends(Lab lab, int qps) {
        Shared shared = new Shared(lab, qps, SMALL_CQ, DEEP);
        shared.memory.fill(0, LENGTH, 4);
        for (int i = 0; i < TOO_MANY; i++) {
            shared.write(i % qps, i / qps);
        }
        long last = (long) LENGTH * ((TOO_MANY - 1) / qps);
        End lastPeer = shared.peers.get((TOO_MANY - 1) % qps);
        Await.until("all is written",
                () -> lastPeer.memory.getLong(last) == shared.memory.getLong(0));

        assertUsableAfterwards(lab, shared, shared.sends);
    }

    private static void overrunReceives(Lab lab, int qps) {
        Shared shared = new Shared(lab, qps, SMALL_CQ, DEEP);
        for (int i = 0; i < TOO_MANY; i++) {
            shared.receive(i % qps, i % 16);
            End peer = shared.peers.get(i % qps);
            peer.memory.putLong(0, i);
            peer.post(peer.send(0, LENGTH));
            peer.awaitOk();
        }

        assertUsableAfterwards(lab, shared, shared.receives);
    }

    @Row(value = "CqOverflowTest.SendCqOverflow", asserts = { BYTES, STATE, EVENT, BYSTANDER })
    void sends_mayOverrunTheirCq(Lab lab) {
        overrunSends(lab, 1);
    }

    @Row(value = "CqOverflowTest.SendSharedCqOverflow", asserts = { BYTES, STATE, EVENT, BYSTANDER })
    void sendsOfSeveralQps_mayOverrunTheirCq(Lab lab) {
        overrunSends(lab, 3);
    }

    @Row(value = "CqOverflowTest.RecvCqOverflow", asserts = { STATE, EVENT, BYSTANDER })
    void receives_mayOverrunTheirCq(Lab lab) {
        overrunReceives(lab, 1);
    }

    @Row(value = "CqOverflowTest.RecvSharedCqOverflow", asserts = { STATE, EVENT, BYSTANDER })
    void receivesOfSeveralQps_mayOverrunTheirCq(Lab lab) {
        overrunReceives(lab, 3);
    }
}
