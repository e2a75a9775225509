package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.erdma.core.errno.Errno;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.CreateQpResponse;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.qp.ConnectionOwner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QueuePairTest {
    private static final int COOKIE = 0xC00C1E;

    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;
    private final ProtectionDomain pd = device.allocPd();
    private final CompletionQueue sendCq = device.createCq(32);
    private final CompletionQueue receiveCq = device.createCq(32);

    QueuePairTest() {
        bench.commands.answer(CommandOpcode.CREATE_QP, CreateQpResponse.compose(COOKIE));
    }

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    private QpInitAttributes.Builder attributes() {
        return QpInitAttributes.builder().sendCq(sendCq).receiveCq(receiveCq).capabilities(Bench.SIZES);
    }

    private QueuePair create() {
        return pd.createQp(attributes().build());
    }

    private QueuePair connected() {
        QueuePair qp = create();
        qp.connect(Bench.CONNECTION, 16, 8);
        return qp;
    }

    private static SendRequest send(long wrId) {
        SendRequest request = new SendRequest().addSge(0x1000, 8, 7);
        request.wrId = wrId;
        request.flags = SendFlag.SIGNALED;
        return request;
    }

    @Test
    void createQp_tellsTheDevice_ofTwoContiguousRings() {
        pd.createQp(attributes().build());
        QueuePair qp = create();

        MemorySegment command = bench.commands.last(CommandOpcode.CREATE_QP);
        assertThat(CreateQp.qpn(command, 0)).isEqualTo(2);
        assertThat(CreateQp.pd(command, 0)).isEqualTo(pd.pdn());
        assertThat(CreateQp.log2SqDepth(command, 0)).isEqualTo(6);
        assertThat(CreateQp.log2RqDepth(command, 0)).isEqualTo(3);
        assertThat(CreateQp.sqPageShift(command, 0)).isEqualTo(20);
        assertThat(CreateQp.rqPageShift(command, 0)).isEqualTo(20);
        assertThat(CreateQp.sqCqn(command, 0)).isEqualTo(1);
        assertThat(CreateQp.rqCqn(command, 0)).isEqualTo(2);
        assertThat(CreateQp.sqMttLevel(command, 0)).isZero();
        assertThat(CreateQp.rqMttLevel(command, 0)).isZero();
        assertThat(CreateQp.sqMttEntries(command, 0)).isEqualTo(1);
        assertThat(CreateQp.rqMttEntries(command, 0)).isEqualTo(1);
        assertThat(CreateQp.sqPageOffset(command, 0)).isZero();
        assertThat(CreateQp.extendedDoorbell(command, 0)).isFalse();
        assertThat(CreateQp.qpType(command, 0)).isEqualTo(CreateQp.TYPE_RC);
        assertThat(bench.hardware.reaches(CreateQp.sqBufferAddress(command, 0), 64 * 32)).isTrue();
        assertThat(bench.hardware.reaches(CreateQp.rqBufferAddress(command, 0), 8 * 32)).isTrue();
        assertThat(bench.hardware.reaches(CreateQp.sqDoorbellRecord(command, 0), 8)).isTrue();
        assertThat(bench.hardware.reaches(CreateQp.rqDoorbellRecord(command, 0), 8)).isTrue();
        assertThat(qp.qpn()).isEqualTo(2);
        assertThat(qp.cookie()).isEqualTo(COOKIE);
        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);
        assertThat(qp.pd()).isSameAs(pd);
        assertThat(qp).hasToString("QP 2");
    }

    @ParameterizedTest
    @CsvSource({ "0,1,1,1,0", "1,0,1,1,0", "8193,1,1,1,0", "1,32769,1,1,0", "1,1,7,1,0", "1,1,1,2,0", "1,1,1,1,97",
        "-1,1,1,1,0",
        "1,1,-1,1,0" })
    void createQp_withSizesOverTheLimits_orNone_isEinval_checkedFirst(int send, int receive, int sendSge,
            int receiveSge, int inline) {
        QpInitAttributes attributes = QpInitAttributes.builder()
                .capabilities(new QpCapabilities(send, receive, sendSge, receiveSge, inline)).type(QpType.UD).build();

        assertRefused(Errno.EINVAL, () -> pd.createQp(attributes));
        assertThat(bench.commands.all(CommandOpcode.CREATE_QP)).isEmpty();
    }

    @Test
    void createQp_ofTheLargestSizes_isTaken() {
        QueuePair qp = pd.createQp(attributes().capabilities(new QpCapabilities(8192, 32768, 6, 1, 96)).build());

        assertThat(qp.query().capabilities()).isEqualTo(new QpCapabilities(8192, 32768, 6, 1, 96));
        assertThat(CreateQp.log2SqDepth(bench.commands.last(CommandOpcode.CREATE_QP), 0)).isEqualTo(15);
    }

    @ParameterizedTest
    @EnumSource(value = QpType.class, mode = EnumSource.Mode.EXCLUDE, names = "RC")
    void createQp_ofAnotherType_isEopnotsupp(QpType type) {
        assertRefused(Errno.EOPNOTSUPP, () -> pd.createQp(attributes().type(type).build()));
    }

    @Test
    void createQp_withoutACq_isEopnotsupp() {
        assertRefused(Errno.EOPNOTSUPP, () -> pd.createQp(QpInitAttributes.builder().sendCq(sendCq).build()));
        assertRefused(Errno.EOPNOTSUPP, () -> pd.createQp(QpInitAttributes.builder().receiveCq(sendCq).build()));
    }

    @Test
    void createQp_withACqOfAnotherDevice_orADestroyedOne_isEinval() {
        try (Bench other = new Bench()) {
            CompletionQueue foreign = other.device.createCq(4);
            assertRefused(Errno.EINVAL, () -> pd.createQp(attributes().receiveCq(foreign).build()));
        }
        receiveCq.close();
        assertRefused(Errno.EINVAL, this::create);
        sendCq.close();
        pd.close();
        assertRefused(Errno.EINVAL, this::create);
    }

    @Test
    void createQp_whenTheCommandFails_holdsNothing() {
        bench.commands.fail(CommandOpcode.CREATE_QP, Errno.EIO);

        assertRefused(Errno.EIO, this::create);

        assertThat(device.snapshot().queuePairs()).isEmpty();
        sendCq.close();
        receiveCq.close();
        pd.close();
        assertThat(bench.records.inUse()).isZero();
    }

    @Test
    void createQp_whenAllNumbersAreTaken_isEnomem() {
        QpInitAttributes small = attributes().capabilities(new QpCapabilities(1, 1, 1, 1, 0)).build();
        for (int i = 1; i < Bench.CAPABILITIES.maxQp(); i++) {
            assertThat(pd.createQp(small).qpn()).isEqualTo(i);
        }

        assertRefused(Errno.ENOMEM, () -> pd.createQp(small));
    }

    @Test
    void postSend_writesTheRing_ringsOnce_andComesBackByPoll() {
        QueuePair qp = connected();
        SendRequest first = send(1);
        first.next = send(2);

        assertThat(qp.postSend(first)).isEqualTo(PostResult.ok(2));

        assertThat(bench.hardware.writesTo(DoorbellSpace.KERNEL_SQ_OFFSET))
                .containsExactly(SqDoorbell.compose(qp.qpn(), 2));
        MemorySegment create = bench.commands.last(CommandOpcode.CREATE_QP);
        MemorySegment ring = bench.hardware.at(CreateQp.sqBufferAddress(create, 0), 64 * 32);
        assertThat(SqeHeader.opcode(SqeHeader.load(ring, 32))).isEqualTo(SqOpcode.SEND);
        WorkCompletion[] completions = WorkCompletion.array(4);
        assertThat(sendCq.poll(4, completions)).isZero();
        assertThat(qp.snapshot().sendRing().producerIndex()).isEqualTo(2);
    }

    @Test
    void completion_givesTheRoomBack() {
        CompletionQueue cq = device.createCq(32);
        QueuePair qp = pd
                .createQp(QpInitAttributes.of(cq).capabilities(new QpCapabilities(1, 1, 1, 1, 0)).signalAll().build());
        SendRequest request = new SendRequest().addSge(0, 8, 0);
        request.wrId = 42;
        for (int i = 0; i < 4; i++) {
            assertThat(PostResult.isOk(qp.postSend(request))).isTrue();
        }
        assertThat(qp.postSend(request)).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));

        bench.complete(0, qp.qpn(), Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 0);
        WorkCompletion[] completions = WorkCompletion.array(4);

        assertThat(cq.poll(4, completions)).isEqualTo(1);
        assertThat(completions[0].wrId).isEqualTo(42);
        assertThat(PostResult.isOk(qp.postSend(request))).isTrue();
    }

    @Test
    void posts_onADestroyedQp_areEinval_andTouchNothing() {
        QueuePair qp = create();
        qp.close();

        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(bench.hardware.writes())
                .noneMatch(write -> write.offset() >= DoorbellSpace.SQ_OFFSET && write.bar() == 0);
    }

    @Test
    void postSend_ofNothing_isEinval_butPostRecvIsNot() {
        QueuePair qp = create();

        assertThat(qp.postSend(null)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(null)).isEqualTo(PostResult.ok(0));
    }

    @Test
    void defect10_query_reportsWorkRequests_andOrdAndIrdTheRightWayRound() {
        QueuePair qp = connected();

        QpAttributes attributes = qp.query();

        assertThat(attributes.capabilities()).isEqualTo(new QpCapabilities(16, 8, 2, 1, 96));
        assertThat(attributes.maxRdAtomic()).as("ORD").isEqualTo(16);
        assertThat(attributes.maxDestRdAtomic()).as("IRD").isEqualTo(8);
        assertThat(attributes.state()).isEqualTo(QpState.RTS);
        assertThat(attributes.pathMtu()).isEqualTo(Mtu.MTU_1024);
        assertThat(attributes.access())
                .containsExactlyInAnyOrder(Access.LOCAL_WRITE, Access.REMOTE_WRITE, Access.REMOTE_READ);
    }

    @Test
    void query_ofADestroyedQp_isRefused() {
        QueuePair qp = create();
        qp.close();

        assertRefused(Errno.EINVAL, qp::query);
    }

    @Test
    void query_beforeTheConnection_knowsNoOrdAndIrd() {
        QpAttributes attributes = create().query();

        assertThat(attributes.maxRdAtomic()).isZero();
        assertThat(attributes.maxDestRdAtomic()).isZero();
        assertThat(attributes.state()).isEqualTo(QpState.INIT);
    }

    @Test
    void connect_tellsTheDevice_theSequencePastTheReply() {
        connected();

        MemorySegment command = bench.commands.last(CommandOpcode.MODIFY_QP);
        assertThat(ModifyQp.state(command, 0)).isEqualTo(IwarpQpState.RTS.number());
        assertThat(ModifyQp.sendSequence(command, 0)).isEqualTo(128);
        assertThat(ModifyQp.receiveSequence(command, 0)).isEqualTo(200);
        assertThat(ModifyQp.peerCookie(command, 0)).isEqualTo(0x1234);
        assertThat(ModifyQp.destinationPort(command, 0)).isEqualTo(7174);
    }

    @Test
    void connect_whenTheCommandFails_leavesStateAndLimits() {
        QueuePair qp = create();
        bench.commands.fail(CommandOpcode.MODIFY_QP, Errno.EIO);

        assertRefused(Errno.EIO, () -> qp.connect(Bench.CONNECTION, 16, 8));

        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);
        assertThat(qp.query().maxRdAtomic()).isZero();
    }

    @ParameterizedTest
    @CsvSource({ "129,1", "1,129", "-1,1", "1,-1" })
    void connect_withReadLimitsOverTheDevices_isEinval(int ord, int ird) {
        QueuePair qp = create();

        assertRefused(Errno.EINVAL, () -> qp.connect(Bench.CONNECTION, ord, ird));

        assertThat(bench.commands.all(CommandOpcode.MODIFY_QP)).isEmpty();
    }

    @Test
    void connect_twice_isEinval_andKeepsTheLimits() {
        QueuePair qp = connected();

        assertRefused(Errno.EINVAL, () -> qp.connect(Bench.CONNECTION, 1, 1));

        assertThat(qp.query().maxRdAtomic()).isEqualTo(16);
    }

    @Test
    void modify_toRtsWithoutAConnection_isEinval() {
        QueuePair qp = create();

        assertRefused(Errno.EINVAL, () -> qp.modify(QpState.RTS));
        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);
    }

    @Test
    void modify_withBitsOutsideTheStandard_isEopnotsupp_andABadPortEinval() {
        QueuePair qp = create();

        assertRefused(Errno.EOPNOTSUPP, () -> qp.modify(new QpModifyAttributes(1 << 21 | 1, QpState.ERR, 1)));
        assertRefused(Errno.EOPNOTSUPP, () -> qp.modify(new QpModifyAttributes(1 << 31, QpState.ERR, 1)));
        assertRefused(Errno.EINVAL, () -> qp.modify(new QpModifyAttributes(1 << 5 | 1, QpState.ERR, 2)));
        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);

        qp.modify(new QpModifyAttributes(1 << 5, QpState.ERR, 1));
        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);
        qp.modify(new QpModifyAttributes((1 << 21) - 1, QpState.ERR, 1));
        assertThat(qp.state()).isEqualTo(IwarpQpState.ERROR);
    }

    @Test
    void modify_toSqd_closes_andTellsTheOwnerOfTheConnection() {
        QueuePair qp = create();
        Owner owner = new Owner();
        qp.attach(owner);
        qp.connect(Bench.CONNECTION, 1, 1);

        qp.modify(QpState.SQD);

        assertThat(qp.state()).isEqualTo(IwarpQpState.CLOSING);
        assertThat(qp.query().state()).isEqualTo(QpState.ERR);
        assertThat(owner.told).containsExactly("left RTS");
        qp.streamClosed();
        assertThat(qp.state()).isEqualTo(IwarpQpState.IDLE);
    }

    @Test
    void defect7_modifyThatFails_leavesTheState() {
        QueuePair qp = connected();
        bench.commands.fail(CommandOpcode.MODIFY_QP, Errno.EIO);

        assertRefused(Errno.EIO, () -> qp.modify(QpState.ERR));

        assertThat(qp.state()).isEqualTo(IwarpQpState.RTS);
    }

    @Test
    void attach_ofASecondOwner_isEinval_untilTheFirstLetsGo() {
        QueuePair qp = create();
        Owner first = new Owner();
        Owner second = new Owner();
        qp.attach(first);

        assertRefused(Errno.EINVAL, () -> qp.attach(second));
        qp.detach(first);
        qp.attach(second);
        qp.close();

        assertThat(first.told).isEmpty();
        assertThat(second.told).containsExactly("failed");
    }

    @Test
    void aDestroyedQp_refusesAttachConnectAndModify() {
        QueuePair qp = create();
        qp.close();

        assertRefused(Errno.EINVAL, () -> qp.attach(new Owner()));
        assertRefused(Errno.EINVAL, () -> qp.connect(Bench.CONNECTION, 1, 1));
        assertRefused(Errno.EINVAL, () -> qp.modify(QpState.ERR));
    }

    @Test
    void postsAfterTheError_areReflushed_100MicrosecondsAfterTheLast() {
        QueuePair qp = connected();
        qp.modify(QpState.ERR);
        bench.clock.advance(TimeUnit.MICROSECONDS.toNanos(50));
        qp.postSend(send(1));
        bench.clock.advance(TimeUnit.MICROSECONDS.toNanos(99));
        assertThat(bench.commands.all(CommandOpcode.REFLUSH)).isEmpty();

        bench.clock.advance(TimeUnit.MICROSECONDS.toNanos(1));

        MemorySegment reflush = bench.commands.last(CommandOpcode.REFLUSH);
        assertThat(Reflush.qpn(reflush, 0)).isEqualTo(qp.qpn());
        assertThat(Reflush.sqProducerIndex(reflush, 0)).isEqualTo(1);
        assertThat(Reflush.rqProducerIndex(reflush, 0)).isZero();
    }

    @Test
    void close_movesToError_cancelsTheReflush_destroys_andIsIdempotent() {
        QueuePair qp = connected();

        qp.close();
        qp.close();
        bench.clock.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.MODIFY_QP, CommandOpcode.DESTROY_QP);
        assertThat(bench.commands.all(CommandOpcode.DESTROY_QP)).hasSize(1);
        assertThat(DestroyQp.qpn(bench.commands.last(CommandOpcode.DESTROY_QP), 0)).isEqualTo(1);
        sendCq.close();
        receiveCq.close();
        pd.close();
    }

    @Test
    void close_schedulesNoReflush() {
        WorkQueue queue = mock(WorkQueue.class);
        when(queue.clock()).thenReturn(bench.clock);
        DeviceParts parts = bench.parts(bench.hardware.pci(), Bench.CAPABILITIES, queue);
        try (ErdmaDevice other = ErdmaDevice.create("erdma_1", parts, bench.netdev)) {
            QueuePair qp = bench.createQp(other.allocPd(), other.createCq(4));
            qp.connect(Bench.CONNECTION, 1, 1);

            qp.close();

            verify(queue, never()).schedule(any(), anyLong());
        }
    }

    @Test
    void close_whenTheDeviceIsDead_freesEverythingAllTheSame() {
        QueuePair qp = connected();
        Owner owner = new Owner();
        QueuePair unconnected = create();
        unconnected.attach(owner);
        bench.commands.fail(CommandOpcode.MODIFY_QP, Errno.ENODEV).fail(CommandOpcode.DESTROY_QP, Errno.ENODEV)
                .fail(CommandOpcode.DESTROY_CQ, Errno.ENODEV);

        qp.close();
        unconnected.close();
        sendCq.close();
        receiveCq.close();
        pd.close();

        assertThat(owner.told).containsExactly("failed");
        assertThat(bench.records.inUse()).isZero();
    }

    @Test
    void pdAndCqs_ofAQp_areBusy() {
        QueuePair qp = create();

        assertRefused(Errno.EBUSY, pd::close);
        assertRefused(Errno.EBUSY, sendCq::close);
        assertRefused(Errno.EBUSY, receiveCq::close);
        qp.close();
    }

    @Test
    void aReference_keepsNumberAndMemory_untilItIsReleased() {
        QueuePair qp = create();
        int records = bench.records.inUse();
        DeviceQp found = device.acquireQp(qp.qpn()).orElseThrow();
        assertThat(found).isSameAs(qp);
        assertThat(qp.snapshot().references()).isEqualTo(2);

        qp.close();
        assertThat(device.acquireQp(1)).isEmpty();
        assertThat(bench.records.inUse()).isEqualTo(records);
        sendCq.close();

        found.release();
        assertThat(bench.records.inUse()).isEqualTo(1);
    }

    @Test
    void acquireQp_ofAnUnknownNumber_isEmpty() {
        assertThat(device.acquireQp(0)).isEmpty();
        assertThat(device.acquireQp(1)).isEmpty();
        assertThat(device.acquireQp(-1)).isEmpty();
        assertThat(device.acquireQp(Integer.MAX_VALUE)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({ "0", "1", "2", "4", "77" })
    void asyncEvent_ofAnyType_isQpFatal_andChangesNoState(int type) {
        List<AsyncEvent> own = new ArrayList<>();
        List<AsyncEvent> subscribed = new ArrayList<>();
        QueuePair qp = pd.createQp(attributes().eventHandler(own::add).build());
        qp.connect(Bench.CONNECTION, 1, 1);
        device.subscribe(subscribed::add);

        bench.router.qpEvent(qp.qpn(), type);
        bench.router.qpEvent(999, type);

        AsyncEvent expected = new AsyncEvent.OfQueuePair(AsyncEventType.QP_FATAL, qp);
        assertThat(own).containsExactly(expected);
        assertThat(subscribed).containsExactly(expected);
        assertThat(qp.state()).isEqualTo(IwarpQpState.RTS);
    }

    @Test
    void eventHandler_mayDestroyItsOwnQp() {
        QueuePair[] made = new QueuePair[1];
        made[0] = pd.createQp(attributes().eventHandler(_ -> made[0].close()).build());

        bench.router.qpEvent(made[0].qpn(), 0);

        assertThat(device.acquireQp(1)).isEmpty();
        sendCq.close();
        assertThat(bench.records.inUse()).isEqualTo(1);
    }

    @Test
    void snapshot_tellsEverything() {
        QueuePair qp = pd.createQp(attributes().context("mine").build());
        qp.postRecv(new ReceiveRequest().setEmpty(1));

        QpSnapshot snapshot = device.snapshot().queuePairs().getFirst();

        assertThat(snapshot.qpn()).isEqualTo(1);
        assertThat(snapshot.pdn()).isEqualTo(pd.pdn());
        assertThat(snapshot.sendCqn()).isEqualTo(1);
        assertThat(snapshot.receiveCqn()).isEqualTo(2);
        assertThat(snapshot.state()).isEqualTo(IwarpQpState.IDLE);
        assertThat(snapshot.cookie()).isEqualTo(COOKIE);
        assertThat(snapshot.capabilities()).isEqualTo(new QpCapabilities(16, 8, 2, 1, 96));
        assertThat(snapshot.receiveRing().producerIndex()).isEqualTo(1);
        assertThat(qp.context()).isEqualTo(Optional.of("mine"));
        assertThat(qp.initAttributes().type()).isEqualTo(QpType.RC);
    }

    private static final class Owner implements ConnectionOwner {
        private final List<String> told = new ArrayList<>();

        @Override
        public void qpLeftRts() {
            told.add("left RTS");
        }

        @Override
        public void qpFailedBeforeRts() {
            told.add("failed");
        }
    }
}
