package io.erdma.provider;

import static io.erdma.provider.Rig.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionQueueTest {
    private final Rig rig = new Rig();
    private final Context context = rig.open();
    private final WorkCompletion[] completions = WorkCompletion.array(8);

    @AfterEach
    void nothingIsLeft() {
        context.close();
        rig.assertNothingLeft();
    }

    private QueuePair qpOn(CompletionQueue cq) {
        return context.allocPd().createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build());
    }

    @ParameterizedTest
    @CsvSource({ "1,64", "63,64", "64,64", "65,128", "1000,1024", "1048576,1048576" })
    void createCq_roundsUpToAPowerOfTwo_ofAtLeast64(int entries, int depth) {
        CompletionQueue cq = context.createCq(CqInitAttributes.of(entries).attachment("mine").build());

        assertThat(cq.entries()).isEqualTo(depth);
        assertThat(cq.cqn()).isEqualTo(1);
        assertThat(cq).hasToString("CQ 1");
        assertThat(cq.attachment()).contains("mine");
        assertThat(cq.context()).isSameAs(context);
        assertThat(1 << CreateCq.log2Depth(rig.last(CommandOpcode.CREATE_CQ), 0)).isEqualTo(depth);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -1, (1 << 20) + 1, Integer.MAX_VALUE, Integer.MIN_VALUE })
    void createCq_ofSizesThatThereAreNot_isEinval(int entries) {
        assertRefused(Errno.EINVAL, () -> context.createCq(entries));
        assertThat(rig.process.memoryBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 3 })
    void createCq_onAVectorThatThereIsNot_isEinval(int vector) {
        assertRefused(Errno.EINVAL, () -> context.createCq(CqInitAttributes.of(1).completionVector(vector).build()));
        assertThat(rig.process.memoryBytes()).isZero();
    }

    @Test
    void createCq_whenTheDeviceRefuses_holdsNothing() {
        rig.fail(CommandOpcode.CREATE_CQ);

        assertRefused(Errno.EIO, () -> context.createCq(64));

        assertThat(rig.process.memoryBytes()).isZero();
    }

    @Test
    void createCq_onAForeignOrClosedChannel_isRefused() {
        Context other = rig.open();
        CompletionChannel foreign = other.createCompletionChannel();
        CompletionChannel closed = context.createCompletionChannel();
        closed.close();

        assertRefused(Errno.EINVAL, () -> context.createCq(CqInitAttributes.of(1).channel(foreign).build()));
        assertRefused(Errno.ENOENT, () -> context.createCq(CqInitAttributes.of(1).channel(closed).build()));
        other.close();
        assertThat(rig.process.memoryBytes()).isZero();
    }

    @Test
    void theRecord_saysThatNothingIsArmed() {
        CompletionQueue cq = context.createCq(64);

        assertThat(record()).isEqualTo(CqDoorbell.compose(0xFF, cq.cqn(), false, false, 3, 0));
    }

    private long record() {
        MemorySegment created = rig.last(CommandOpcode.CREATE_CQ);
        return DoorbellRecord.load(rig.hardware.at(CreateCq.doorbellRecord(created, 0), 8), 0);
    }

    @Test
    void poll_takesBatches_findsTheRequests_andCallsNoDriver() {
        CompletionQueue cq = context.createCq(64);
        QueuePair qp = qpOn(cq);
        for (int i = 0; i < 3; i++) {
            qp.postRecv(new ReceiveRequest().setEmpty(100 + i));
            SendRequest send = new SendRequest();
            send.wrId = 200 + i;
            qp.postSend(send);
        }
        rig.commands.clear();
        rig.hardware.forgetWrites();
        rig.complete(0, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        rig.complete(1, qp.qpn(), Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0);
        rig.complete(2, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, Syndrome.FLUSHED, 1);

        assertThat(cq.poll(2, completions)).isEqualTo(2);
        assertThat(completions[0].wrId).isEqualTo(100);
        assertThat(completions[1].wrId).isEqualTo(200);
        assertThat(cq.poll(completions)).isEqualTo(1);
        assertThat(completions[0].wrId).isEqualTo(101);
        assertThat(completions[0].status).isEqualTo(WcStatus.WR_FLUSH_ERR);
        assertThat(cq.poll(completions)).isZero();
        assertThat(cq.poll(-1, completions)).isZero();
        assertThat(rig.commands).isEmpty();
        assertThat(rig.hardware.writes()).isEmpty();
    }

    @Test
    void completions_ofQpsThatAreGoneOrWereNeverThere_areIgnored() {
        CompletionQueue cq = context.createCq(64);
        QueuePair gone = qpOn(cq);
        QueuePair here = qpOn(cq);
        gone.postRecv(new ReceiveRequest());
        here.postRecv(new ReceiveRequest().setEmpty(7));
        gone.close();
        rig.complete(0, gone.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        rig.complete(1, 0xFFFFF, Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        rig.complete(2, -1, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0);
        rig.complete(3, here.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 5);
        rig.complete(4, here.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);

        assertThat(cq.poll(completions)).isEqualTo(1);

        assertThat(completions[0].wrId).isEqualTo(7);
        assertThat(cq.skipped()).isEqualTo(4);
    }

    @Test
    void completions_ofAnotherContextsQp_areIgnored() {
        Context other = rig.open();
        QueuePair foreign = other.allocPd()
                .createQp(QpInitAttributes.of(other.createCq(1)).capabilities(Rig.SIZES).build());
        CompletionQueue cq = context.createCq(64);
        foreign.postRecv(new ReceiveRequest());
        rig.complete(0, foreign.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);

        assertThat(cq.poll(completions)).isZero();
        other.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void arms_areRungInTheContextsOwnPage_andCountEvents(boolean singleThreaded) throws InterruptedException {
        CompletionChannel channel = context.createCompletionChannel();
        CqInitAttributes.Builder attributes = CqInitAttributes.of(64).channel(channel);
        CompletionQueue cq = context.createCq((singleThreaded ? attributes.singleThreaded() : attributes).build());

        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        rig.router.completion(cq.cqn());
        assertThat(channel.getEvent()).isSameAs(cq);
        cq.reqNotify(NotifyKind.SOLICITED);

        assertThat(rig.hardware.writesTo(rig.cqDoorbell(cq.cqn()))).containsExactly(
                CqDoorbell.compose(0, cq.cqn(), true, false, 0, 0),
                CqDoorbell.compose(1, cq.cqn(), true, true, 1, 0));
        assertThat(record()).isEqualTo(CqDoorbell.compose(1, cq.cqn(), true, true, 1, 0));
        cq.ackEvents(1);
    }

    @Test
    void arm_tellsOfCompletionsThatAreThere() {
        CompletionQueue cq = context.createCq(64);
        rig.complete(0, 1, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0);

        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isTrue();
    }

    @Test
    void events_ofSeveralCqs_comeByOneChannel() throws InterruptedException {
        CompletionChannel channel = context.createCompletionChannel();
        CompletionQueue first = context.createCq(CqInitAttributes.of(1).channel(channel).build());
        CompletionQueue second = context.createCq(CqInitAttributes.of(1).channel(channel).build());
        assertThat(channel.pollEvent()).isEmpty();

        rig.router.completion(second.cqn());
        rig.router.completion(first.cqn());

        assertThat(channel.getEvent()).isSameAs(second);
        assertThat(channel.pollEvent()).containsSame(first);
        assertThat(channel.pollEvent()).isEmpty();
        assertRefused(Errno.EBUSY, channel::close);
        first.ackEvents(1);
        second.ackEvents(1);
        first.close();
        second.close();
        channel.close();
        channel.close();
        assertRefused(Errno.ENOENT, channel::pollEvent);
    }

    @Test
    void ackEvents_ofMoreThanAreDue_isEinval() throws InterruptedException {
        CompletionChannel channel = context.createCompletionChannel();
        CompletionQueue cq = context.createCq(CqInitAttributes.of(1).channel(channel).build());
        rig.router.completion(cq.cqn());
        assertRefused(Errno.EINVAL, () -> cq.ackEvents(1));
        channel.getEvent();

        assertRefused(Errno.EINVAL, () -> cq.ackEvents(2));
        assertRefused(Errno.EINVAL, () -> cq.ackEvents(-1));
        cq.ackEvents(0);
        cq.ackEvents(1);
    }

    @Test
    void close_waitsUntilEventsAreAcknowledged() throws InterruptedException {
        CompletionChannel channel = context.createCompletionChannel();
        CompletionQueue cq = context.createCq(CqInitAttributes.of(1).channel(channel).build());
        rig.router.completion(cq.cqn());
        channel.getEvent();
        CountDownLatch destroyed = new CountDownLatch(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> {
            cq.close();
            destroyed.countDown();
        });
        while (!rig.commands.contains(CommandOpcode.DESTROY_CQ)) {
            Thread.onSpinWait();
        }

        assertThat(destroyed.getCount()).isEqualTo(1);
        cq.ackEvents(1);

        closing.join();
    }

    @Test
    void closeOfTheContext_letsGoWhoWaitsForAcknowledgements() throws InterruptedException {
        CompletionChannel channel = context.createCompletionChannel();
        CompletionQueue cq = context.createCq(CqInitAttributes.of(1).channel(channel).build());
        rig.router.completion(cq.cqn());
        channel.getEvent();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(cq::close);

        context.close();

        closing.join();
    }

    @Test
    void close_thatQpsUse_isEbusy_andItStays() {
        CompletionQueue cq = context.createCq(64);
        QueuePair qp = qpOn(cq);
        qp.postRecv(new ReceiveRequest().setEmpty(3));

        assertRefused(Errno.EBUSY, cq::close);

        rig.complete(0, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, 0);
        assertThat(cq.poll(completions)).isEqualTo(1);
        qp.close();
        cq.close();
        cq.close();
        assertThat(cq.poll(completions)).isZero();
        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        assertThat(rig.process.memoryBytes()).isZero();
    }
}
