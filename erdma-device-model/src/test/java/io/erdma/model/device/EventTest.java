package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Aeqe;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Registers;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Arms, events and interrupts (device-behaviour §6). */
class EventTest {
    private final Pair pair = new Pair();
    private final TestHost bob = pair.bob;
    private final TestCq cq = pair.bobCq;

    @AfterEach
    void close() {
        pair.close();
    }

    private void deliver(int flags) {
        pair.in.receive(pair.to(0, 8));
        pair.out.send(flags, pair.from(0, 8)).ring();
    }

    private int events() {
        int count = 0;
        while (bob.completionEvents.get(0).takeCompletion() >= 0) {
            count++;
        }
        return count;
    }

    @Test
    void unarmedQueue_raisesNoEvent() {
        deliver(0);
        assertThat(events()).isZero();
        assertThat(bob.interrupts).isEmpty();
    }

    @Test
    void armedQueue_raisesOneEvent_andItsVector() {
        cq.arm(false);
        deliver(0);
        deliver(0);
        assertThat(events()).isEqualTo(1);
        assertThat(bob.interrupts).containsExactly(1);
    }

    @Test
    void armWithCompletionsThereAlready_raisesAtOnce() {
        deliver(0);
        cq.arm(false);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void armAfterPollingAll_waitsForTheNext() {
        deliver(0);
        assertThat(cq.poll()).isNotNull();
        cq.arm(false);
        assertThat(events()).isZero();
        deliver(0);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void solicitedOnlyArm_countsSolicitedCompletions_andErrors() {
        cq.arm(true);
        deliver(0);
        assertThat(events()).isZero();
        deliver(TestQp.SOLICITED);
        assertThat(events()).isEqualTo(1);
        cq.cmdsn++;
        cq.pollAll();
        cq.arm(true);
        pair.in.receive(pair.to(0, 8));
        bob.modify(pair.in, IwarpQpState.ERROR);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void solicitedOnlyArm_seesAnUnpolledSolicitedCompletion_notAPolledOne() {
        deliver(TestQp.SOLICITED);
        cq.poll();
        deliver(0);
        cq.arm(true);
        assertThat(events()).isZero();
        deliver(TestQp.SOLICITED);
        assertThat(events()).isEqualTo(1);
        cq.cmdsn++;
        deliver(0);
        cq.arm(true);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void solicitedOnlyArm_doesNotWeakenAnArmForAny() {
        cq.arm(false);
        cq.arm(true);
        deliver(0);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void repeatedDoorbell_isStale() {
        long value = CqDoorbell.compose(0, cq.cqn, true, false, 0, 0);
        cq.ring(value);
        deliver(0);
        assertThat(events()).isEqualTo(1);
        cq.ring(value);
        deliver(0);
        assertThat(events()).isZero();
        assertThat(bob.function.counter(ModelCounter.STALE_ARMS)).isPositive();
    }

    @Test
    void armUnderTheCmdsnOfAnEventOnItsWay_isStale_andUnderTheNextIsNot() {
        cq.arm(false);
        deliver(0);
        cq.pollAll();
        cq.arm(false);
        deliver(0);
        assertThat(events()).isEqualTo(1);
        cq.cmdsn++;
        cq.arm(false);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void armAfterALapOfStaleOnes_counts() {
        cq.arm(false);
        deliver(0);
        assertThat(events()).isEqualTo(1);
        for (int stale = 0; stale < 255; stale++) { // IDX has 8 bits
            cq.arm(false);
        }
        deliver(0);
        assertThat(events()).isZero();
        cq.cmdsn++;
        cq.arm(false);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void lostArm_isFoundInTheRecord_withTheNextCompletion() {
        DoorbellRecord.store(bob.all(), HostMemoryArea.at(cq.record),
                CqDoorbell.compose(cq.arms++, cq.cqn, true, false, 0, 0));
        deliver(0);
        assertThat(events()).isEqualTo(1);
    }

    @Test
    void recordOfAnotherQueue_doesNotCount() {
        DoorbellRecord.store(bob.all(), HostMemoryArea.at(cq.record),
                CqDoorbell.compose(0, cq.cqn + 1, true, false, 0, 0));
        deliver(0);
        assertThat(events()).isZero();
    }

    @Test
    void eventQueue_disarmsWithItsInterrupt_andItsDoorbellRaisesAgainIfEntriesRemain() {
        cq.arm(false);
        deliver(0);
        TestCq other = bob.cq(4);
        other.arm(false);
        TestQp a = bob.qp(other);
        bob.modify(a, IwarpQpState.ERROR);
        a.receive(pair.to(0, 8));
        assertThat(bob.interrupts).containsExactly(1);

        assertThat(bob.completionEvents.get(0).takeCompletion()).isEqualTo(cq.cqn);
        bob.completionEvents.get(0).arm();
        assertThat(bob.interrupts).containsExactly(1, 1);
        assertThat(bob.completionEvents.get(0).takeCompletion()).isEqualTo(other.cqn);
        bob.completionEvents.get(0).arm();
        assertThat(bob.interrupts).containsExactly(1, 1);
    }

    /** The doorbell was on its way when the reset came. */
    @Test
    void eventsKeptBack_areNotWrittenAfterAReset() {
        EventQueue events = bob.function.queuePair(pair.in.qpn).sends().completions().events();
        fillEvents();
        bob.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        MemorySegment memory = bob.memory.slice(bob.completionEvents.get(0).ring(), 16 * TestHost.EQ_DEPTH);
        memory.fill((byte) 0x33);
        bob.interrupts.clear();

        EngineContext context = pair.card.execution.context();
        context.enter();
        events.ring(context, EqDoorbell.compose(true, TestHost.EQ_DEPTH));
        context.exit();
        context.settle();

        assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x33);
        assertThat(bob.interrupts).isEmpty();
    }

    @Test
    void fullEventQueue_keepsEventsBack_untilThereIsRoom() {
        TestCq[] queues = fillEvents();
        int taken = 0;
        for (TestCq queue : queues) {
            assertThat(bob.completionEvents.get(0).takeCompletion()).as("event %d", taken).isEqualTo(queue.cqn);
            if (++taken % 4 == 0) {
                bob.completionEvents.get(0).arm();
            }
        }
        assertThat(events()).isZero();
    }

    /** One event of each of so many queues, four more than there is room for. */
    private TestCq[] fillEvents() {
        TestCq[] queues = new TestCq[TestHost.EQ_DEPTH + 4];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = bob.cq(2);
            TestQp qp = bob.qp(queues[i], queues[i], 2, 2);
            queues[i].arm(false);
            qp.receive(pair.to(0, 8));
            bob.modify(qp, IwarpQpState.ERROR);
        }
        assertThat(bob.function.counter(ModelCounter.EVENTS_KEPT_BACK)).isEqualTo(4);
        return queues;
    }

    @Test
    void commandCompletion_raisesVectorZero_onceItsQueueIsArmed() {
        bob.interrupts.clear();
        bob.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {});
        assertThat(bob.interrupts).isEmpty();
        bob.armCommands(0);
        bob.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {});
        bob.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {});
        assertThat(bob.interrupts).containsExactly(0);
        assertThat(bob.commandEvents.takeCompletion()).isZero();
        bob.commandEvents.arm();
        bob.armCommands(1);
        bob.command(CommandOpcode.QUERY_DEVICE, (slot, at) -> {});
        assertThat(bob.interrupts).containsExactly(0, 0);
    }

    @Test
    void handlerThatPostsAndArms_isCalledOneAfterTheOther_withConstantStack() {
        int[] depth = { 0, 0, 0 };
        bob.onInterrupt = () -> {
            depth[1] = Math.max(depth[1], ++depth[0]);
            while (cq.takeEvent()) {
                // counted below
            }
            bob.completionEvents.get(0).arm();
            cq.arm(false);
            cq.pollAll();
            if (++depth[2] < 5000) {
                deliver(0);
            }
            depth[0]--;
        };
        cq.arm(false);
        deliver(0);
        assertThat(depth[1]).isEqualTo(1);
        assertThat(depth[2]).isGreaterThanOrEqualTo(5000);
    }

    @Test
    void polledQueue_isWrittenOnAndOn() {
        for (int i = 0; i < 300; i++) {
            deliver(0);
            assertThat(cq.poll().syndrome()).isZero();
        }
    }

    @Test
    void driverThatReportsPolling_getsOverflowDetected_nothingOverwritten() {
        TestCq small = bob.cq(2);
        TestQp other = pair.alice.qp(pair.alice.cq(6));
        TestQp receiver = bob.qp(small);
        TestHost.join(other, receiver);
        for (int i = 0; i < 20; i++) {
            receiver.receive(pair.to(0, 8));
        }
        other.send(0, pair.from(0, 8)).ring();
        small.poll();
        small.ring(CqDoorbell.compose(0xFF, small.cqn, false, false, 3, small.index));
        for (int i = 0; i < 4; i++) {
            other.send(0, pair.from(0, 8)).ring();
        }
        assertThat(bob.errorEvents.takeError()).isNull();

        other.send(0, pair.from(0, 8)).ring();

        assertThat(bob.errorEvents.takeError()).isEqualTo(new TestHost.Event(Aeqe.CQ_ERROR, 0, small.cqn));
        assertThat(bob.errorEvents.takeError()).isEqualTo(new TestHost.Event(Aeqe.QP_FATAL, 0, receiver.qpn));
        assertThat(small.pollAll()).hasSize(4)
                .allSatisfy(done -> assertThat(done.syndrome()).isEqualTo(Syndrome.SUCCESS));
    }

    @Test
    void driverThatReportsPollingInTime_neverOverflows() {
        TestCq small = bob.cq(2);
        TestQp other = pair.alice.qp(pair.alice.cq(6));
        TestQp receiver = bob.qp(small);
        TestHost.join(other, receiver);
        for (int i = 0; i < 100; i++) {
            receiver.receive(pair.to(0, 8));
            other.send(0, pair.from(0, 8)).ring();
            assertThat(small.poll().syndrome()).isZero();
            long report = CqDoorbell.compose(0xFF, small.cqn, false, false, 3, small.index);
            if (i % 2 == 0) {
                small.ring(report);
            } else {
                DoorbellRecord.store(bob.all(), HostMemoryArea.at(small.record), report);
            }
        }
        assertThat(bob.errorEvents.takeError()).isNull();
    }
}
