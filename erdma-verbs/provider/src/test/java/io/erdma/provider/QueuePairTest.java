package io.erdma.provider;

import static io.erdma.provider.Rig.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.verbs.DeviceQp;
import io.erdma.verbs.QpModifyAttributes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueuePairTest {
    private final Rig rig = new Rig();
    private final Context context = rig.open();
    private final ProtectionDomain pd = context.allocPd();
    private final CompletionQueue cq = context.createCq(64);

    @AfterEach
    void nothingIsLeft() {
        context.close();
        rig.assertNothingLeft();
    }

    private QueuePair createQp() {
        return pd.createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build());
    }

    private static SendRequest send(int sges) {
        SendRequest request = new SendRequest();
        for (int i = 0; i < sges; i++) {
            request.addSge(0x1000, 8, 0x100);
        }
        return request;
    }

    @Test
    void createQp_knowsItsSizes_andWhatItWasMadeWith() {
        QpInitAttributes attributes = QpInitAttributes.of(cq).capabilities(new QpCapabilities(9, 5, 1, 1, 0))
                .attachment("mine").signalAll().build();
        QueuePair qp = pd.createQp(attributes);

        assertThat(qp.qpn()).isEqualTo(1);
        assertThat(qp).hasToString("QP 1");
        assertThat(qp.pd()).isSameAs(pd);
        assertThat(qp.context()).isSameAs(context);
        assertThat(qp.attachment()).contains("mine");
        assertThat(qp.initAttributes()).isSameAs(attributes);
        assertThat(qp.capabilities()).isEqualTo(new QpCapabilities(16, 8, 1, 1, 96));
        assertThat(qp.query().state()).isEqualTo(QpState.INIT);
        assertThat(qp.query().capabilities()).isEqualTo(qp.capabilities());
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void postSend_writesIntoTheProgramsRing_andRingsItsOwnPage_withoutTheDriver(boolean singleThreaded) {
        QpInitAttributes.Builder attributes = QpInitAttributes.of(cq).capabilities(Rig.SIZES);
        QueuePair qp = pd.createQp((singleThreaded ? attributes.singleThreaded() : attributes).build());
        MemorySegment created = rig.last(CommandOpcode.CREATE_QP);
        assertThat(DoorbellRecord.load(rig.hardware.at(CreateQp.sqDoorbellRecord(created, 0), 8), 0)).isZero();
        rig.commands.clear();
        rig.hardware.forgetWrites();
        SendRequest first = send(1);
        SendRequest second = send(6);
        second.opcode = WrOpcode.RDMA_WRITE;
        first.next = second;

        assertThat(qp.postSend(first)).isEqualTo(PostResult.ok(2));

        MemorySegment ring = rig.hardware.at(CreateQp.sqBufferAddress(created, 0), 64 * 32);
        assertThat(SqeHeader.opcode(SqeHeader.load(ring, 0))).isEqualTo(SqOpcode.SEND);
        assertThat(SqeHeader.opcode(SqeHeader.load(ring, 32))).isEqualTo(SqOpcode.WRITE);
        assertThat(SqeHeader.qpn(SqeHeader.load(ring, 0))).isEqualTo(qp.qpn());
        long value = SqDoorbell.compose(qp.qpn(), 5);
        assertThat(rig.hardware.writesTo(rig.sqDoorbell(qp.qpn()))).as("one doorbell a chain").containsExactly(value);
        assertThat(rig.hardware.writes()).hasSize(1);
        assertThat(DoorbellRecord.load(rig.hardware.at(CreateQp.sqDoorbellRecord(created, 0), 8), 0))
                .isEqualTo(value);
        assertThat(rig.commands).isEmpty();
    }

    @Test
    void postRecv_writesIntoTheProgramsRing_andRingsForEachEntry() {
        QueuePair qp = createQp();
        MemorySegment created = rig.last(CommandOpcode.CREATE_QP);
        rig.hardware.forgetWrites();
        ReceiveRequest first = new ReceiveRequest().set(1, 0xABC0, 64, 5);
        first.next = new ReceiveRequest().setEmpty(2);

        assertThat(qp.postRecv(first)).isEqualTo(PostResult.ok(2));
        assertThat(qp.postRecv(null)).isEqualTo(PostResult.ok(0));

        MemorySegment ring = rig.hardware.at(CreateQp.rqBufferAddress(created, 0), 8 * 32);
        assertThat(Rqe.address(ring, 0)).isEqualTo(0xABC0);
        assertThat(rig.hardware.writesTo(rig.rqDoorbell(qp.qpn())))
                .containsExactly(Rqe.compose(qp.qpn(), 1), Rqe.compose(qp.qpn(), 2));
        assertThat(DoorbellRecord.load(rig.hardware.at(CreateQp.rqDoorbellRecord(created, 0), 8), 0))
                .isEqualTo(Rqe.compose(qp.qpn(), 2));
    }

    @Test
    void postSend_onAFullRing_isEnomem_andNamesTheFirstNotTaken() {
        QueuePair qp = createQp();
        SendRequest chain = null;
        for (int i = 0; i < 33; i++) {
            SendRequest request = send(2);
            request.next = chain;
            chain = request;
        }

        assertThat(qp.postSend(chain)).isEqualTo(PostResult.refused(Errno.ENOMEM, 32));
        rig.complete(0, qp.qpn(), Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 62);
        assertThat(cq.poll(WorkCompletion.array(1))).isEqualTo(1);
        assertThat(qp.postSend(send(2))).isEqualTo(PostResult.ok(1));
    }

    @Test
    void postRecv_onAFullRing_isEnomem() {
        QueuePair qp = createQp();
        for (int i = 0; i < 8; i++) {
            assertThat(qp.postRecv(new ReceiveRequest().setEmpty(i))).isEqualTo(PostResult.ok(1));
        }

        assertThat(qp.postRecv(new ReceiveRequest().setEmpty(9))).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
    }

    @Test
    void posts_atTheLimitsAreTaken_beyondThemAreEinval() {
        QueuePair qp = createQp();
        MemorySegment data = rig.arena.allocate(128);
        SendRequest manyInline = new SendRequest();
        for (int i = 0; i < 12; i++) {
            manyInline.addInline(data, 0, 8);
        }
        SendRequest tooManyInline = new SendRequest().addInline(data, 0, 96).addInline(data, 0, 1);
        ReceiveRequest two = new ReceiveRequest().set(0, 1, 1, 1);
        two.sgeCount = 2;
        ReceiveRequest negative = new ReceiveRequest();
        negative.sgeCount = -1;

        assertThat(qp.postSend(send(6))).isEqualTo(PostResult.ok(1));
        assertThat(qp.postSend(send(7))).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postSend(manyInline)).isEqualTo(PostResult.ok(1));
        assertThat(qp.postSend(tooManyInline)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postSend(null)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(two)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(negative)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @ParameterizedTest
    @EnumSource(value = WrOpcode.class, names = { "REG_MR", "LOCAL_INV", "RDMA_READ_WITH_INV" })
    void opcodes_thatUserProgramsDoNotHave_areEinval(WrOpcode opcode) {
        QueuePair qp = createQp();
        SendRequest request = send(1);
        request.opcode = opcode;

        assertThat(qp.postSend(request)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @Test
    void anOpcodeThatThereIsNot_isEinval() {
        QueuePair qp = createQp();
        SendRequest request = send(1);
        request.opcode = null;

        assertThat(qp.postSend(request)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @Test
    void posts_areEio_onceTheProgramItselfMovedTheQpToErr() {
        QueuePair qp = createQp();
        qp.modify(QpState.SQD);
        assertThat(qp.postSend(send(1))).as("after a move to SQD").isEqualTo(PostResult.ok(1));

        qp.modify(QpState.ERR);

        assertThat(qp.query().state()).isEqualTo(QpState.ERR);
        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.refused(Errno.EIO, 0));
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EIO, 0));
        qp.close();
        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @Test
    void posts_goOn_whenAnotherThanTheProgramMovedTheQpToErr() {
        QueuePair qp = createQp();
        DeviceQp held = rig.device.acquireQp(qp.qpn()).orElseThrow();
        held.modify(QpState.ERR);
        held.release();

        assertThat(qp.query().state()).isEqualTo(QpState.ERR);
        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.ok(1));
    }

    @Test
    void modify_thatIsRefused_changesNothing() {
        QueuePair qp = createQp();
        assertRefused(Errno.EINVAL, () -> qp.modify(QpState.RTS));
        assertRefused(Errno.EOPNOTSUPP, () -> qp.modify(new QpModifyAttributes(1 << 21, QpState.ERR, 1)));
        rig.fail(CommandOpcode.MODIFY_QP);
        assertRefused(Errno.EIO, () -> qp.modify(QpState.ERR));

        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.ok(1));
    }

    @ParameterizedTest
    @CsvSource({ "0,8,1,1,0", "16,0,1,1,0", "8193,8,1,1,0", "16,32769,1,1,0", "16,8,7,1,0", "16,8,1,2,0",
        "16,8,1,1,97", "-1,8,1,1,0", "-2147483648,8,1,1,0", "16,2147483647,1,1,0" })
    void createQp_ofSizesThatThereAreNot_isEinval(int sends, int receives, int sendSges, int receiveSges, int inline) {
        long before = rig.process.memoryBytes();

        assertRefused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(cq)
                .capabilities(new QpCapabilities(sends, receives, sendSges, receiveSges, inline)).build()));

        assertThat(rig.process.memoryBytes()).isEqualTo(before);
    }

    @Test
    void createQp_ofTheLargestSizes_works() {
        QueuePair qp = pd.createQp(
                QpInitAttributes.of(cq).capabilities(new QpCapabilities(8192, 32768, 6, 1, 96)).build());

        assertThat(qp.capabilities()).isEqualTo(new QpCapabilities(8192, 32768, 6, 1, 96));
    }

    @Test
    void createQp_withTheWrongCqOrType_isRefused() {
        Context other = rig.open();
        CompletionQueue foreign = other.createCq(1);
        CompletionQueue closed = context.createCq(1);
        closed.close();
        long before = rig.process.memoryBytes();

        assertRefused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(foreign).build()));
        assertRefused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(cq).receiveCq(foreign).build()));
        assertRefused(Errno.ENOENT, () -> pd.createQp(QpInitAttributes.of(closed).build()));
        assertRefused(Errno.EOPNOTSUPP, () -> pd.createQp(QpInitAttributes.builder().build()));
        assertRefused(Errno.EOPNOTSUPP, () -> pd.createQp(QpInitAttributes.of(cq).type(QpType.UD).build()));
        assertThat(rig.process.memoryBytes()).isEqualTo(before);
        other.close();
    }

    @Test
    void createQp_whenTheDeviceRefuses_holdsNothing() {
        long before = rig.process.memoryBytes();
        rig.fail(CommandOpcode.CREATE_QP);

        assertRefused(Errno.EIO, this::createQp);

        assertThat(rig.process.memoryBytes()).isEqualTo(before);
        assertThat(rig.device.snapshot().queuePairs()).isEmpty();
    }

    @Test
    void close_isIdempotent_andGivesAllBack() {
        long before = rig.process.memoryBytes();
        QueuePair qp = createQp();

        qp.close();
        qp.close();

        assertThat(rig.process.memoryBytes()).isEqualTo(before);
        assertThat(rig.commands).filteredOn(CommandOpcode.DESTROY_QP::equals).hasSize(1);
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertRefused(Errno.ENOENT, qp::query);
        assertRefused(Errno.ENOENT, () -> qp.modify(QpState.ERR));
        cq.close();
        pd.close();
    }

    @Test
    void doorbellRecords_shareAPage_asLongAsOneIsUsed() {
        long before = rig.process.memoryBytes();
        List<QueuePair> many = Stream.generate(this::createQp).limit(260).toList();
        long rings = 260 * 8192L;
        assertThat(rig.process.memoryBytes() - before - rings).as("one more page of records").isEqualTo(4096);
        assertThat(rig.device.snapshot().contexts().getFirst().recordPages()).isEqualTo(2);

        many.forEach(QueuePair::close);

        assertThat(rig.process.memoryBytes()).isEqualTo(before);
        assertThat(rig.device.snapshot().contexts().getFirst().recordPages()).isEqualTo(1);
    }

    @Test
    void inlineData_thatCannotBeRead_isEfault() {
        QueuePair qp = createQp();
        MemorySegment gone;
        try (Arena closed = Arena.ofShared()) {
            gone = closed.allocate(8);
        }
        SendRequest request = new SendRequest().addInline(gone, 0, 8);
        request.flags |= SendFlag.SIGNALED;

        assertThat(qp.postSend(request)).isEqualTo(PostResult.refused(Errno.EFAULT, 0));
        assertThat(qp.postSend(send(1))).isEqualTo(PostResult.ok(1));
    }
}
