package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.model.profile.Outcome;
import java.util.Optional;

/** One end of a connection: verbs of its own with a PD, a CQ, a QP and registered memory. Requests are signalled unless the test says otherwise. */
public final class End {
    private static final int LATE_REQUESTS = 3;

    public final Verbs verbs;
    public final VerbsPd pd;
    public final Optional<VerbsChannel> channel;
    public final VerbsCq cq;
    public final VerbsQp qp;
    public final Memory memory;
    public final VerbsMr mr;

    private final DeviceProfile profile;

    End(Verbs verbs, DeviceProfile profile, Memory memory, EndSpec spec) {
        this.profile = profile;
        this.verbs = verbs;
        this.memory = memory;
        pd = verbs.allocPd();
        channel = spec.channel() ? Optional.of(verbs.createChannel()) : Optional.empty();
        CqSpec cqSpec = new CqSpec(spec.cqEntries(), 0, spec.oneThread(), channel);
        cq = verbs.createCq(cqSpec);
        QpSpec plain = QpSpec.of(cq).withSizes(spec.sizes());
        QpSpec qpSpec = spec.signalAll() ? plain.signallingAll() : plain;
        qp = pd.createQp(spec.oneThread() ? qpSpec.forOneThread() : qpSpec);
        mr = pd.regMr(memory.segment(), spec.access().toArray(Access[]::new));
    }

    End(End other) {
        profile = other.profile;
        verbs = other.verbs;
        memory = other.memory;
        pd = other.pd;
        channel = Optional.empty();
        cq = verbs.createCq(other.cq.entries());
        qp = pd.createQp(QpSpec.of(cq));
        mr = other.mr;
    }

    /** A request with one element in the own memory. */
    public SendRequest request(WrOpcode opcode, long offset, int length) {
        SendRequest request = new SendRequest().addSge(memory.address(offset), length, mr.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        return request;
    }

    /** A request that names memory of the peer. */
    public SendRequest request(WrOpcode opcode, long offset, int length, End peer, long target) {
        SendRequest request = request(opcode, offset, length);
        request.remoteAddress = peer.memory.address(target);
        request.remoteKey = peer.mr.rkey();
        return request;
    }

    /** A SEND. */
    public SendRequest send(long offset, int length) {
        return request(WrOpcode.SEND, offset, length);
    }

    /** A WRITE. */
    public SendRequest write(long offset, int length, End peer, long target) {
        return request(WrOpcode.RDMA_WRITE, offset, length, peer, target);
    }

    /** A READ. */
    public SendRequest read(long offset, int length, End peer, long source) {
        return request(WrOpcode.RDMA_READ, offset, length, peer, source);
    }

    /** An atomic addition. */
    public SendRequest fetchAdd(long offset, End peer, long target, long add) {
        SendRequest request = request(WrOpcode.ATOMIC_FETCH_AND_ADD, offset, Long.BYTES, peer, target);
        request.compareAdd = add;
        return request;
    }

    /** An atomic comparison and swap. */
    public SendRequest compareSwap(long offset, End peer, long target, long compare, long swap) {
        SendRequest request = request(WrOpcode.ATOMIC_CMP_AND_SWP, offset, Long.BYTES, peer, target);
        request.compareAdd = compare;
        request.swap = swap;
        return request;
    }

    /** A receive into the own memory. */
    public ReceiveRequest receive(long wrId, long offset, int length) {
        return new ReceiveRequest().set(wrId, memory.address(offset), length, mr.lkey());
    }

    /** Posts requests, all of which must be taken. */
    public void post(SendRequest first) {
        int requests = 0;
        for (SendRequest at = first; at != null; at = at.next) {
            requests++;
        }
        assertThat(qp.postSend(first)).isEqualTo(PostResult.ok(requests));
    }

    /** Posts requests, all of which must be taken. */
    public void post(ReceiveRequest first) {
        int requests = 0;
        for (ReceiveRequest at = first; at != null; at = at.next) {
            requests++;
        }
        assertThat(qp.postRecv(first)).isEqualTo(PostResult.ok(requests));
    }

    /** Posts a receive into the own memory. */
    public void postReceive(long wrId, long offset, int length) {
        post(receive(wrId, offset, length));
    }

    /** Posts a receive without an element. */
    public void postEmptyReceive(long wrId) {
        ReceiveRequest request = new ReceiveRequest();
        request.setEmpty(wrId);
        post(request);
    }

    /** The next completion, waited for. */
    public WorkCompletion await() {
        WorkCompletion[] one = WorkCompletion.array(1);
        Await.until("there is a completion at " + cq, () -> cq.poll(1, one) != 0);
        return one[0];
    }

    /** The next completion, which must be of this status. */
    public WorkCompletion await(WcStatus status) {
        WorkCompletion completion = await();
        assertThat(completion.status).as("%s", completion).isEqualTo(status);
        return completion;
    }

    /** The next completion, which must be a success. */
    public WorkCompletion awaitOk() {
        return await(WcStatus.SUCCESS);
    }

    /** No completion is there. */
    public void assertNothingCompleted() {
        WorkCompletion[] one = WorkCompletion.array(1);
        assertThat(cq.poll(1, one)).as("completions; %s", one[0]).isZero();
    }

    /** Waits for an asynchronous event of the QP. */
    public void awaitEvent() {
        Await.until("there is an event of " + qp, () -> !qp.events().isEmpty());
    }

    /** The device has ended the QP: the program hears of it once, a query says what was decided, and what is posted now comes back flushed. */
    public void assertEnded() {
        awaitEvent();
        assertThat(qp.events()).containsExactly(profile.event(Decision.VIOLATION_AT_RESPONDER));
        assertThat(profile.outcome(Decision.QUERY_AFTER_DEVICE_ERROR)).isEqualTo(Outcome.NO_EFFECT);
        assertThat(qp.state()).isEqualTo(QpState.RTS);
        assertFlushes();
    }

    /** Waits until the QP is not in RTS any more. */
    public void awaitLeavingRts() {
        Await.until(qp + " has left RTS", () -> qp.state() != QpState.RTS);
    }

    /** What is posted now comes back flushed: in order, each with its own number, and without a trace in memory. */
    public void assertFlushes() {
        byte[] before = memory.bytes();
        for (int i = 1; i <= LATE_REQUESTS; i++) {
            SendRequest late = send(0, Long.BYTES);
            late.wrId = 1000 + i;
            post(late);
        }
        assertFlushed(1000);
        for (int i = 1; i <= LATE_REQUESTS; i++) {
            postReceive(2000 + i, 0, Long.BYTES);
        }
        assertFlushed(2000);
        assertThat(memory.bytes()).isEqualTo(before);
    }

    private void assertFlushed(long firstId) {
        for (int i = 1; i <= LATE_REQUESTS; i++) {
            assertThat(await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(firstId + i);
        }
    }
}
