package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Registers;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flush, order, fence, and what a QP does whose peer is not there. */
class QueuePairStateTest {
    @ParameterizedTest
    @EnumSource(names = { "CLOSING", "TERMINATE", "ERROR" })
    void leavingRts_flushesBothQueuesInOrder_withoutAnEvent(IwarpQpState state) {
        try (Pair pair = new Pair()) {
            for (int i = 0; i < 3; i++) {
                pair.in.receive(pair.to(0, 8));
            }

            assertThat(pair.bob.modify(pair.in, state)).isZero();

            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::wqeIndex).containsExactly(0, 1, 2);
            assertThat(pair.bob.errorEvents.takeError()).isNull();
            pair.in.write(0, 1, 1, pair.to(0, 8)).ring();
            pair.in.receive(pair.to(0, 8));
            assertThat(pair.bobCq.pollAll()).allSatisfy(done -> assertThat(done.syndrome()).isEqualTo(Syndrome.FLUSHED))
                    .extracting(TestCq.Completion::queueType).containsExactly(0, 1);
            assertThat(pair.bob.modify(pair.in, IwarpQpState.ERROR)).isZero();
            assertThat(pair.bobCq.poll()).isNull();
        }
    }

    @Test
    void errorFromIdle_flushesToo() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            TestCq cq = host.cq(4);
            TestQp qp = host.qp(cq);
            qp.receive(new TestQp.Piece(1, 1, 1));
            qp.write(0, 1, 1).ring();
            assertThat(cq.poll()).isNull();

            assertThat(host.modify(qp, IwarpQpState.ERROR)).isZero();

            assertThat(cq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(Syndrome.FLUSHED,
                    Syndrome.FLUSHED);
        }
    }

    /** A reset and a command may come at the same time, of two threads; the reset is what counts. */
    @Test
    void whatIsGone_staysGone() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            QueuePair qp = host.function.queuePair(host.qp(host.cq(4)).qpn);
            host.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);

            qp.leave(QueuePair.ERROR);

            assertThat(qp.state()).isEqualTo(QueuePair.GONE);
        }
    }

    /** An engine may find an error, of the completion queue for one, while the command is looked at. */
    @Test
    void whatIsInError_doesNotComeToRts() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            QueuePair qp = host.function.queuePair(host.qp(host.cq(4)).qpn);
            qp.leave(QueuePair.ERROR);

            boolean connected = qp.connect(new Connection(qp, new FourTuple(1, 2, 3, 4), host.function.site(), 1));

            assertThat(connected).isFalse();
            assertThat(qp.state()).isEqualTo(QueuePair.ERROR);
            assertThat(card.junction.waiting()).isZero();
        }
    }

    @Test
    void flushedReceive_carriesOpcodeRecv() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(0, 8));
            pair.bob.modify(pair.in, IwarpQpState.ERROR);

            assertThat(pair.bobCq.poll().opcode()).isEqualTo(CqeOpcode.RECV);
        }
    }

    @Test
    void reflush_flushesWhatNoDoorbellTold_once() {
        try (Pair pair = new Pair()) {
            pair.bob.modify(pair.in, IwarpQpState.ERROR);
            pair.faults.always(FaultPoint.DEVICE_DOORBELL, FaultPlan.ANY, new FaultAction.Drop());
            pair.in.write(0, 1, 1, pair.to(0, 8)).ring();
            pair.in.receive(pair.to(0, 8));
            assertThat(pair.bobCq.poll()).isNull();

            for (int i = 0; i < 2; i++) {
                assertThat(pair.bob.command(CommandOpcode.REFLUSH, (slot, offset) -> {
                    Reflush.setQpn(slot, offset, pair.in.qpn);
                    Reflush.setSqProducerIndex(slot, offset, pair.in.sendIndex);
                    Reflush.setRqProducerIndex(slot, offset, pair.in.receiveIndex);
                })).isZero();
            }

            assertThat(pair.bobCq.pollAll()).hasSize(2);
        }
    }

    @Test
    void reflush_inRts_isRefused() {
        try (Pair pair = new Pair()) {
            assertThat(pair.bob.command(CommandOpcode.REFLUSH,
                    (slot, offset) -> Reflush.setQpn(slot, offset, pair.in.qpn))).isNotZero();
        }
    }

    @Test
    void reflush_onACardThatIsTooOld_isRefused_andDoorbellsFlush() {
        try (Pair pair = new Pair(FunctionSpec.builder().reflush(false).build())) {
            pair.bob.modify(pair.in, IwarpQpState.ERROR);

            assertThat(pair.bob.command(CommandOpcode.REFLUSH,
                    (slot, offset) -> Reflush.setQpn(slot, offset, pair.in.qpn))).isNotZero();
            pair.in.receive(pair.to(0, 8));

            assertThat(pair.bobCq.pollAll()).hasSize(1);
        }
    }

    @Test
    void lostDoorbell_isMadeGoodByTheNext_andByTheRecordWhenFlushed() {
        try (Pair pair = new Pair()) {
            pair.faults.once(FaultPoint.DEVICE_DOORBELL, pair.out.qpn, new FaultAction.Drop());
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll()).isNull();
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.pollAll()).hasSize(2);

            pair.faults.always(FaultPoint.DEVICE_DOORBELL, FaultPlan.ANY, new FaultAction.Drop());
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            pair.out.receive(pair.from(0, 8));
            pair.alice.modify(pair.out, IwarpQpState.ERROR);
            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(Syndrome.FLUSHED,
                    Syndrome.FLUSHED);
        }
    }

    @Test
    void lostReceiveDoorbell_isFoundInTheRecord_whenAMessageComes() {
        try (Pair pair = new Pair()) {
            pair.faults.once(FaultPoint.DEVICE_DOORBELL, pair.in.qpn, new FaultAction.Drop());
            pair.in.receive(pair.to(0, 8));

            pair.out.send(TestQp.SIGNALED, pair.from(0, 8)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
        }
    }

    @Test
    void readsOfAHeldResponder_areOutstanding_laterWritesGoOn_completionsStayInOrder() {
        try (Pair pair = new Pair()) {
            pair.target.fill(50);
            hold(pair);
            pair.out.read(TestQp.SIGNALED, pair.from(0, 8), pair.target.stag(), pair.target.va())
                    .write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(100), pair.from(500, 8)).ring();

            assertThat(pair.aliceCq.poll()).isNull();
            assertThat(pair.target.copy(100, 8)).isEqualTo(pair.source.copy(500, 8));
            assertThat(pair.source.copy(0, 1)).containsExactly(1);

            pair.faults.release();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::wqeIndex).containsExactly(0, 2);
            assertThat(pair.source.copy(0, 8)).isEqualTo(pair.target.copy(0, 8));
        }
    }

    /** Bob's engine stands still from its next batch on. Alice's QP has the same number on its own host, so she goes first. */
    private static void hold(Pair pair) {
        pair.faults.add(FaultPoint.DEVICE_ENGINE, pair.in.qpn, 1, 1, new FaultAction.Hold());
    }

    /** The host may write into its ring at any time; what it does to itself must end. */
    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void outstandingRequest_thatIsWrittenOver_endsNobody(boolean failing) {
        try (Pair pair = new Pair()) {
            hold(pair);
            pair.out.read(0, pair.from(0, 8), pair.target.stag(), pair.target.va())
                    .write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            for (int i = 0; i < 4; i++) {
                SqeHeader.store(pair.out.sendRing, 32L * i, -1L);
            }
            if (failing) {
                pair.out.write(0, 1, 1, pair.from(0, 8)).ring();
            } else {
                pair.faults.release();
                pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            }

            assertThat(pair.aliceCq.pollAll().getLast().wqeIndex()).isEqualTo(4);
            assertThat(pair.alice.command(CommandOpcode.QUERY_DEVICE, (slot, offset) -> {})).isZero();
        }
    }

    @Test
    void fence_holdsARequest_untilEarlierReadsAreDone() {
        try (Pair pair = new Pair()) {
            hold(pair);
            pair.out.read(TestQp.SIGNALED, pair.from(0, 8), pair.target.stag(), pair.target.va())
                    .write(TestQp.SIGNALED | TestQp.FENCE, pair.target.stag(), pair.target.va(100), pair.from(500, 8))
                    .ring();

            assertThat(pair.target.copy(100, 8)).containsOnly(0);

            pair.faults.release();

            assertThat(pair.aliceCq.pollAll()).hasSize(2);
            assertThat(pair.target.copy(100, 8)).isEqualTo(pair.source.copy(500, 8));
        }
    }

    @Test
    void outstandingReads_areFlushed_whenTheQpLeavesRts() {
        try (Pair pair = new Pair()) {
            hold(pair);
            pair.out.read(0, pair.from(0, 8), pair.target.stag(), pair.target.va())
                    .write(0, pair.target.stag(), pair.target.va(100), pair.from(500, 8)).ring();

            pair.alice.modify(pair.out, IwarpQpState.CLOSING);

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(Syndrome.FLUSHED,
                    Syndrome.FLUSHED);
        }
    }

    @Test
    void noMoreThan128Reads_areOutstanding() {
        try (TestCard card = new TestCard()) {
            FaultPlan plan = new FaultPlan();
            TestHost alice = card.host();
            TestHost bob = card.host(alice.spec, Optional.of(plan));
            TestCq cq = alice.cq(9);
            TestQp out = alice.qp(cq, cq, 10, 4);
            TestQp in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
            TestMr local = alice.mr(4096);
            TestMr remote = bob.mr(4096).fill(9);
            plan.once(FaultPoint.DEVICE_ENGINE, in.qpn, new FaultAction.Hold());
            for (int i = 0; i < 130; i++) {
                out.read(TestQp.SIGNALED, TestQp.Piece.of(local, i, 1), remote.stag(), remote.va(i));
            }
            out.write(TestQp.SIGNALED, remote.stag(), remote.va(2000), TestQp.Piece.of(local, 3000, 4)).ring();

            // the write stands behind the READs that ORD keeps back
            local.memory().set(ValueLayout.JAVA_BYTE, 3000, (byte) 5);
            assertThat(cq.poll()).isNull();
            plan.release();

            assertThat(cq.pollAll()).hasSize(131);
            assertThat(remote.copy(2000, 1)).containsExactly(5);
        }
    }

    @Test
    void requestsBeforeRts_wait_andThePeerMayComeLater() {
        try (TestCard card = new TestCard()) {
            TestHost alice = card.host();
            TestHost bob = card.host();
            TestCq cq = alice.cq(4);
            TestQp out = alice.qp(cq);
            TestQp in = bob.qp(bob.cq(4));
            TestMr source = alice.mr(64).fill(1);
            TestMr target = bob.mr(64);
            out.write(TestQp.SIGNALED, target.stag(), target.va(), TestQp.Piece.of(source, 0, 64)).ring();
            FourTuple flow = new FourTuple(alice.ip, 1000, bob.ip, 2000);
            assertThat(alice.connect(out, flow)).isZero();
            assertThat(cq.poll()).isNull();

            assertThat(bob.connect(in, flow.mirrored())).isZero();

            assertThat(cq.poll().syndrome()).isZero();
            assertThat(target.copy(0, 64)).isEqualTo(source.copy(0, 64));
            assertThat(card.timers.delayed()).isZero();
        }
    }

    @Test
    void peerThatDoesNotCome_isLost_afterTheSetTime() {
        try (TestCard card = new TestCard()) {
            TestHost alice = card.host();
            TestCq cq = alice.cq(4);
            TestQp out = alice.qp(cq);
            alice.connect(out, new FourTuple(alice.ip, 1000, 7, 2000));
            out.send(0, TestQp.Piece.of(alice.mr(64), 0, 64)).ring();
            card.clock.advance(alice.spec.peerWait().toNanos() - 1);
            assertThat(cq.poll()).isNull();

            card.clock.advance(1);

            assertThat(cq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
            assertThat(card.junction.waiting()).isZero();
        }
    }

    @Test
    void peerThatLeftRts_failsSends_butLeavesReceives() {
        try (Pair pair = new Pair()) {
            pair.in.receive(pair.to(0, 8));
            pair.out.receive(pair.from(0, 8));
            pair.alice.modify(pair.out, IwarpQpState.CLOSING);
            assertThat(pair.bobCq.poll()).isNull();

            pair.in.write(0, pair.source.stag(), pair.source.va(), pair.to(0, 8)).ring();

            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.RETRY_EXCEEDED, Syndrome.FLUSHED);
        }
    }

    @Test
    void destroyedPeer_isALostPeer() {
        try (Pair pair = new Pair()) {
            assertThat(pair.bob.command(CommandOpcode.DESTROY_QP,
                    (slot, offset) -> DestroyQp.setQpn(slot, offset, pair.in.qpn))).isZero();

            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
        }
    }

    @Test
    void loopback_joinsTwoQpsOfOneFunction() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            TestCq cq = host.cq(4);
            TestQp a = host.qp(cq);
            TestQp b = host.qp(cq);
            TestHost.join(a, b);
            TestMr mr = host.mr(128).fill(1);
            b.receive(TestQp.Piece.of(mr, 64, 64));

            a.send(TestQp.SIGNALED, TestQp.Piece.of(mr, 0, 64)).ring();

            assertThat(cq.pollAll()).hasSize(2);
            assertThat(mr.copy(64, 64)).isEqualTo(mr.copy(0, 64));
        }
    }

    /** A QP is destroyed while its engine finds that the rules have changed. */
    @Test
    void connectionThatIsClosed_waitsForNobody() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            QueuePair qp = host.function.queuePair(host.qp(host.cq(4)).qpn);
            Connection connection = new Connection(qp, new FourTuple(1, 2, 3, 4), host.function.site(), 1000);
            connection.open();
            assertThat(card.junction.waiting()).isEqualTo(1);
            connection.close();

            card.policy.allowAll();
            assertThat(connection.reach()).isNull();

            assertThat(card.junction.waiting()).isZero();
            assertThat(card.timers.delayed()).isZero();
        }
    }

    @Test
    void deniedConnection_stalls_andIsLost_orGoesOnWhenTheRuleGoes() {
        try (Pair pair = new Pair()) {
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            FourTuple flow = pair.alice.function.queuePair(pair.out.qpn).connection().tuple();
            pair.card.policy.deny(flow);
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(8), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll()).isNull();
            assertThat(pair.card.policy.drops).isPositive();

            pair.card.policy.allowAll();
            pair.card.clock.advance(pair.alice.spec.peerWait().toNanos() / 8);
            assertThat(pair.aliceCq.poll().syndrome()).isZero();

            pair.card.policy.deny(flow);
            pair.out.write(0, pair.target.stag(), pair.target.va(16), pair.from(0, 8)).ring();
            pair.card.clock.advance(2 * pair.alice.spec.peerWait().toNanos());
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
            assertThat(pair.bob.errorEvents.takeError()).isNull();
            assertThat(pair.target.copy(16, 8)).containsOnly(0);
        }
    }

    @Test
    void meteredMessage_isDropped_counted_andSentLater() {
        try (Pair pair = new Pair()) {
            pair.card.policy.verdict = FlowPolicy.OVER_BITS;
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll()).isNull();
            assertThat(pair.alice.function.read(0, 0xA0, 8)).isEqualTo(1);

            pair.card.policy.verdict = FlowPolicy.PASSED;
            pair.card.clock.advance(pair.alice.spec.peerWait().toNanos() / 8);

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
        }
    }

    @Test
    void receiveWait_givesThePeerTime() {
        try (Pair pair = new Pair(FunctionSpec.builder().receiveWait(Duration.ofSeconds(1)).build())) {
            pair.out.send(TestQp.SIGNALED, pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll()).isNull();
            pair.in.receive(pair.to(0, 8));
            assertThat(pair.aliceCq.poll().syndrome()).isZero();

            pair.out.send(TestQp.SIGNALED, pair.from(0, 8)).ring();
            pair.card.clock.advance(2_000_000_000L);
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.GENERAL);
        }
    }
}
