package io.erdma.model.device;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.model.device.TestQp.Piece;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The QPs that requests go to, each of the tenant's joined with one of the peer or, the last, with another of its own; and the completion queues of both.
 * Some have a queue in memory that goes away.
 */
final class GarbagePairs {
    static final int COUNT = 5;
    /** The pairs 0 … have their SQ, their RQ, their CQ in the playground's fleeting memory of that number. */
    static final int FLEETING = 3;
    static final int SENDS_FLEET = 0;
    static final int RECEIVES_FLEET = 1;
    static final int COMPLETIONS_FLEET = 2;
    private static final int LOOPBACK = COUNT - 1;
    static final int SEND_LOG2 = 6;
    static final int RECEIVE_LOG2 = 4;
    private static final int CQ_LOG2 = 10;
    private static final int FLEETING_CQ_LOG2 = 8;
    /** CQN of the completion queue in fleeting memory, and of that of all queues that commands make. */
    private static final int FLEETING_CQN = 3;
    static final int SPARE_CQN = 4;

    private final GarbageTenant tenant;
    private final TestQp[] own = new TestQp[COUNT];
    private final TestQp[] other = new TestQp[COUNT];
    private final boolean[] broken = new boolean[COUNT];
    TestCq cq;
    private TestCq peerCq;
    private TestCq fleetingCq;
    private TestCq spareCq;
    private int port;
    /** Commands are carried out that nobody has sent: completions may repeat. */
    private boolean lawless;

    /** The index of the last completion of each QP's send and receive queue, −1 for none, by QPN. */
    private final int[][] last = new int[4][COUNT + 2];

    GarbagePairs(GarbageTenant tenant) {
        this.tenant = tenant;
    }

    void begin() {
        TestHost host = tenant.host;
        cq = new TestCq(host, 1, CQ_LOG2);
        peerCq = new TestCq(tenant.peer, 1, CQ_LOG2);
        spareCq = new TestCq(host, SPARE_CQN, CQ_LOG2);
        if (host.createCq(cq, 1) != 0 || tenant.peer.createCq(peerCq, 1) != 0 || host.createCq(spareCq, 1) != 0) {
            throw new AssertionError("CREATE_CQ");
        }
        fleetingCq = null;
        lawless = false;
        for (int i = 0; i < COUNT; i++) {
            own[i] = null;
            other[i] = i == LOOPBACK
                    ? new TestQp(host, COUNT + 1, cq, cq, SEND_LOG2, RECEIVE_LOG2)
                    : new TestQp(tenant.peer, i + 1, peerCq, peerCq, SEND_LOG2, RECEIVE_LOG2);
            revive(i);
        }
    }

    TestQp own(int i) {
        return own[i];
    }

    TestQp other(int i) {
        return other[i];
    }

    boolean isBroken(int i) {
        return broken[i];
    }

    /** Whether a driver may still write into the queues of a pair's own QP. */
    boolean isThere(int i) {
        return i >= FLEETING || tenant.playground.fleeting(i).isThere();
    }

    /** A pair of QPs in RTS instead of what has become of it. */
    void revive(int i) {
        destroy(own[i]);
        destroy(other[i]);
        tenant.collect();
        if (i < FLEETING && !tenant.playground.fleeting(i).isThere()) {
            own[i] = null;
        }
        if (own[i] == null) {
            own[i] = create(i);
        }
        if (tenant.over) {
            return;
        }
        broken[i] = false;
        for (TestQp qp : List.of(own[i], other[i])) {
            qp.sendIndex = 0;
            qp.receiveIndex = 0;
            qp.records.fill((byte) 0);
            last[side(qp.host)][qp.qpn] = -1;
            last[side(qp.host) + 1][qp.qpn] = -1;
            // a command may have destroyed its completion queue
            tenant.over |= qp.host.createQp(qp) != 0;
        }
        FourTuple flow = new FourTuple(tenant.host.ip, ++port & 0xFFFF, other[i].host.ip, 9);
        tenant.host.connect(own[i], flow);
        other[i].host.connect(other[i], flow.mirrored());
        if (i != LOOPBACK) {
            other[i].receive(Piece.of(tenant.peerRegion, 0, tenant.peerRegion.bytes));
        }
    }

    private static void destroy(TestQp qp) {
        if (qp != null) {
            qp.host.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, qp.qpn));
        }
    }

    private TestQp create(int i) {
        TestHost host = tenant.host;
        if (i >= FLEETING) {
            return new TestQp(host, i + 1, cq, cq, SEND_LOG2, RECEIVE_LOG2);
        }
        FleetingMemory memory = tenant.playground.fleeting(i);
        if (i == COMPLETIONS_FLEET && fleetingCq != null && host.command(CommandOpcode.DESTROY_CQ,
                (slot, offset) -> DestroyCq.setCqn(slot, offset, FLEETING_CQN)) != 0) {
            // a command has made a QP that uses it
            tenant.over = true;
            return new TestQp(host, i + 1, cq, cq, SEND_LOG2, RECEIVE_LOG2);
        }
        if (!memory.isThere()) {
            memory.renew();
        }
        Place sends = i == SENDS_FLEET ? memory.at(0, 32 << SEND_LOG2) : host.memory.place(32 << SEND_LOG2, 4096);
        Place receives = i == RECEIVES_FLEET
                ? memory.at(0, 32 << RECEIVE_LOG2)
                : host.memory.place(32 << RECEIVE_LOG2, 4096);
        TestCq completions = cq;
        if (i == COMPLETIONS_FLEET) {
            completions = new TestCq(host, FLEETING_CQN, FLEETING_CQ_LOG2, memory.at(0, 32 << FLEETING_CQ_LOG2),
                    memory.at(32 << FLEETING_CQ_LOG2, 8));
            fleetingCq = completions;
            if (host.createCq(completions, 2) != 0) {
                throw new AssertionError("CREATE_CQ in fleeting memory");
            }
        }
        Place records = i == COMPLETIONS_FLEET ? host.memory.place(16, 8) : memory.at(FleetingMemory.BYTES - 16, 16);
        return new TestQp(host, i + 1, completions, completions, SEND_LOG2, RECEIVE_LOG2, sends, receives, records);
    }

    void collect() {
        collect(cq, true);
        collect(peerCq, true);
        collect(spareCq, false);
        if (fleetingCq != null && tenant.playground.fleeting(COMPLETIONS_FLEET).isThere()) {
            collect(fleetingCq, true);
        }
    }

    /** What comes now may be of queues that are made again by commands of old. */
    void expectAnything() {
        lawless = true;
    }

    /** @param strictly whether only QPs of ours complete there, whose completions come one after the other */
    private void collect(TestCq queue, boolean strictly) {
        for (TestCq.Completion next = queue.poll(); next != null; next = queue.poll()) {
            tenant.report.completion(next.syndrome());
            if (next.opcode() >= CqeOpcode.COUNT || next.queueType() > Cqe.QUEUE_RQ) {
                throw new AssertionError("nobody knows " + next);
            }
            if (strictly && !lawless && next.qpn() <= COUNT + 1) {
                checkOrder(queue, next);
            }
        }
    }

    private void checkOrder(TestCq queue, TestCq.Completion next) {
        boolean receive = next.queueType() == Cqe.QUEUE_RQ;
        int[] indices = last[side(queue.host) + (receive ? 1 : 0)];
        int before = indices[next.qpn()];
        int step = RingIndex.distance16(before, next.wqeIndex());
        if (before >= 0 && (step == 0 || step > (receive ? 1 : 1 << SEND_LOG2))) {
            throw new AssertionError(next + " comes after the completion of index " + before);
        }
        indices[next.qpn()] = next.wqeIndex();
        if (next.syndrome() != 0) {
            markBroken(queue.host, next.qpn());
        }
    }

    private int side(TestHost host) {
        return host == tenant.host ? 0 : 2;
    }

    private void markBroken(TestHost host, int qpn) {
        for (int i = 0; i < COUNT; i++) {
            broken[i] |= own[i] != null && host == tenant.host && own[i].qpn == qpn
                    || host == other[i].host && other[i].qpn == qpn;
        }
    }

    void event(TestHost host, TestHost.Event event) {
        if (event.type() == Aeqe.CQ_ERROR) {
            tenant.over |= event.number() == cq.cqn;
        } else {
            markBroken(host, event.number());
        }
    }

    /** The request that makes a QP again. */
    static void createQp(MemorySegment slot, long offset, TestQp qp) {
        CreateQp.setQpn(slot, offset, qp.qpn);
        CreateQp.setPd(slot, offset, TestHost.PD);
        CreateQp.setLog2SqDepth(slot, offset, qp.log2Sends);
        CreateQp.setLog2RqDepth(slot, offset, qp.log2Receives);
        CreateQp.setSqPageShift(slot, offset, 12);
        CreateQp.setRqPageShift(slot, offset, 12);
        CreateQp.setSqCqn(slot, offset, qp.sendCq.cqn);
        CreateQp.setRqCqn(slot, offset, qp.receiveCq.cqn);
        CreateQp.setSqBufferAddress(slot, offset, qp.sends);
        CreateQp.setRqBufferAddress(slot, offset, qp.receives);
        CreateQp.setSqMttEntries(slot, offset, 1);
        CreateQp.setRqMttEntries(slot, offset, 1);
        CreateQp.setSqDoorbellRecord(slot, offset, qp.sendRecord);
        CreateQp.setRqDoorbellRecord(slot, offset, qp.receiveRecord);
    }
}
