package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DestroyCq;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionQueueTest {
    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;
    private final WorkCompletion[] completions = WorkCompletion.array(8);

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    private List<Long> armsRung() {
        return bench.hardware.writesTo(DoorbellSpace.KERNEL_CQ_OFFSET);
    }

    @Test
    void createCq_tellsTheDevice_ofOneContiguousRing() {
        CompletionQueue cq = device.createCq(CqInitAttributes.of(100).completionVector(2).context("mine").build());

        MemorySegment command = bench.commands.last(CommandOpcode.CREATE_CQ);
        assertThat(CreateCq.log2Depth(command, 0)).isEqualTo(7);
        assertThat(CreateCq.cqn(command, 0)).isEqualTo(1);
        assertThat(CreateCq.pageShift(command, 0)).isEqualTo(25);
        assertThat(CreateCq.mttLevel(command, 0)).isZero();
        assertThat(CreateCq.mttEntries(command, 0)).isEqualTo(1);
        assertThat(CreateCq.pageOffset(command, 0)).isZero();
        assertThat(CreateCq.extendedDoorbell(command, 0)).isFalse();
        assertThat(CreateCq.eqn(command, 0)).isEqualTo(3);
        assertThat(bench.hardware.reaches(CreateCq.bufferAddress(command, 0), 128 * 32)).isTrue();
        assertThat(bench.hardware.reaches(CreateCq.doorbellRecord(command, 0), 8)).isTrue();
        assertThat(cq.cqn()).isEqualTo(1);
        assertThat(cq.entries()).isEqualTo(128);
        assertThat(cq.completionVector()).isEqualTo(2);
        assertThat(cq.context()).isEqualTo(Optional.of("mine"));
        assertThat(cq).hasToString("CQ 1");
    }

    @ParameterizedTest
    @CsvSource({ "1,1", "2,2", "3,4", "4,4", "5,8", "4096,4096", "4097,8192" })
    void createCq_roundsUpToAPowerOfTwo(int entries, int depth) {
        assertThat(device.createCq(entries).entries()).isEqualTo(depth);
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 0, (1 << 20) + 1, Integer.MAX_VALUE })
    void createCq_ofAnotherNumberOfEntries_isEinval(int entries) {
        assertRefused(Errno.EINVAL, () -> device.createCq(entries));
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 3 })
    void createCq_onAnUnknownVector_isEinval(int vector) {
        assertRefused(Errno.EINVAL, () -> device.createCq(CqInitAttributes.of(4).completionVector(vector).build()));
    }

    @Test
    void createCq_whenAllNumbersAreTaken_isEbusy() {
        for (int i = 1; i < Bench.CAPABILITIES.maxCq(); i++) {
            device.createCq(1);
        }

        assertRefused(Errno.EBUSY, () -> device.createCq(1));
    }

    @Test
    void createCq_whenTheCommandFails_holdsNothing() {
        bench.commands.fail(CommandOpcode.CREATE_CQ, Errno.EIO);
        CompletionChannel channel = device.createCompletionChannel();

        assertRefused(Errno.EIO, () -> device.createCq(CqInitAttributes.of(4).channel(channel).build()));

        assertThat(bench.records.inUse()).isZero();
        assertThat(device.snapshot().completionQueues()).isEmpty();
        channel.close();
    }

    @Test
    void poll_ofAFreshCq_isEmpty() {
        assertThat(device.createCq(4).poll(8, completions)).isZero();
    }

    @Test
    void poll_findsTheRequest_andSkipsQpsThatAreGone() {
        CompletionQueue cq = device.createCq(8);
        QueuePair qp = bench.createQp(device.allocPd(), cq);
        qp.postRecv(new ReceiveRequest().set(77, 0x1000, 64, 1));
        bench.complete(0, 99, Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        bench.complete(1, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 15, 0);

        assertThat(cq.poll(8, completions)).isEqualTo(1);

        assertThat(completions[0].wrId).isEqualTo(77);
        assertThat(completions[0].status).isEqualTo(WcStatus.WR_FLUSH_ERR);
        assertThat(completions[0].qpNumber).isEqualTo(qp.qpn());
        assertThat(cq.snapshot().skipped()).isEqualTo(1);
        assertThat(cq.snapshot().users()).isEqualTo(2);
    }

    @Test
    void poll_ofAQpThatWasDestroyed_skipsItsCompletions() {
        CompletionQueue cq = device.createCq(8);
        QueuePair qp = bench.createQp(device.allocPd(), cq);
        qp.postRecv(new ReceiveRequest().setEmpty(1));
        bench.complete(0, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);

        qp.close();

        assertThat(cq.poll(8, completions)).isZero();
        assertThat(cq.snapshot().skipped()).isEqualTo(1);
    }

    @Test
    void reqNotify_armsTheCq_andReportsWhatIsThereAlready() {
        CompletionQueue cq = device.createCq(8);

        assertThat(cq.reqNotify(NotifyKind.SOLICITED)).isFalse();
        bench.complete(0, 5, Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isTrue();

        assertThat(armsRung()).containsExactly(CqDoorbell.compose(0, 1, true, true, 0, 0),
                CqDoorbell.compose(1, 1, true, false, 0, 0));
    }

    @Test
    void completionEvent_reachesTheHandler_andCountsForTheNextArm() {
        List<CompletionQueue> told = new ArrayList<>();
        CompletionQueue cq = device.createCq(CqInitAttributes.of(4).completionHandler(told::add).build());

        bench.router.completion(cq.cqn());
        cq.reqNotify(NotifyKind.NEXT_COMPLETION);

        assertThat(told).containsExactly(cq);
        assertThat(armsRung()).containsExactly(CqDoorbell.compose(0, 1, true, false, 1, 0));
    }

    @Test
    void completionEvent_ofAnUnknownCq_isSkipped() {
        CompletionQueue cq = device.createCq(4);
        int cqn = cq.cqn();
        cq.close();

        bench.router.completion(cqn);
        bench.router.completion(0);
        bench.router.completion(-1);
        bench.router.completion(0xFFFFF);

        assertThat(device.snapshot().completionQueues()).isEmpty();
    }

    @Test
    void completionHandlerThatThrows_harmsNoOtherCq() {
        List<CompletionQueue> told = new ArrayList<>();
        CompletionQueue bad = device.createCq(CqInitAttributes.of(4).completionHandler(_ -> {
            throw new IllegalStateException("a handler's own fault");
        }).build());
        CompletionQueue good = device.createCq(CqInitAttributes.of(4).completionHandler(told::add).build());

        bench.router.completion(bad.cqn());
        bench.router.completion(good.cqn());

        assertThat(told).containsExactly(good);
        assertThat(bad.snapshot().references()).isEqualTo(1);
    }

    @Test
    void completionHandler_mayCallVerbs_andDestroyItsOwnCq() {
        List<Integer> polled = new ArrayList<>();
        CompletionQueue cq = device.createCq(CqInitAttributes.of(4).completionHandler(own -> {
            own.reqNotify(NotifyKind.NEXT_COMPLETION);
            polled.add(own.poll(8, completions));
            device.allocPd().close();
            own.close();
        }).build());

        bench.router.completion(cq.cqn());

        assertThat(polled).containsExactly(0);
        assertThat(bench.records.inUse()).isZero();
        assertThat(cq.poll(8, completions)).isZero();
    }

    @Test
    void asyncEvent_reachesTheHandlerAndTheSubscribers_asCqErr() {
        List<AsyncEvent> own = new ArrayList<>();
        List<AsyncEvent> subscribed = new ArrayList<>();
        CompletionQueue cq = device.createCq(CqInitAttributes.of(4).eventHandler(own::add).build());
        device.subscribe(subscribed::add);

        bench.router.cqEvent(cq.cqn());
        bench.router.cqEvent(4711);

        AsyncEvent expected = new AsyncEvent.OfCompletionQueue(AsyncEventType.CQ_ERR, cq);
        assertThat(own).containsExactly(expected);
        assertThat(subscribed).containsExactly(expected);
    }

    @Test
    void close_destroysIt_freesEverything_andIsIdempotent() {
        CompletionQueue cq = device.createCq(4);

        cq.close();
        cq.close();

        assertThat(bench.commands.all(CommandOpcode.DESTROY_CQ)).hasSize(1);
        assertThat(DestroyCq.cqn(bench.commands.last(CommandOpcode.DESTROY_CQ), 0)).isEqualTo(1);
        assertThat(bench.records.inUse()).isZero();
        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        assertThat(armsRung()).isEmpty();
    }

    @Test
    void close_whenTheCommandFails_freesEverythingAllTheSame() {
        CompletionQueue cq = device.createCq(4);
        bench.commands.fail(CommandOpcode.DESTROY_CQ, Errno.ETIME);

        cq.close();

        assertThat(bench.records.inUse()).isZero();
        assertThat(device.snapshot().completionQueues()).isEmpty();
    }

    @Test
    void close_withAQp_isEbusy_andChangesNothing() {
        CompletionQueue cq = device.createCq(4);
        QueuePair qp = bench.createQp(device.allocPd(), cq);

        assertRefused(Errno.EBUSY, cq::close);

        assertThat(bench.commands.all(CommandOpcode.DESTROY_CQ)).isEmpty();
        assertThat(cq.poll(1, completions)).isZero();
        qp.close();
        cq.close();
    }

    @Test
    void ackEvents_withoutAChannel_isEinval() {
        CompletionQueue cq = device.createCq(4);

        assertRefused(Errno.EINVAL, () -> cq.ackEvents(1));
        cq.ackEvents(0);
    }
}
