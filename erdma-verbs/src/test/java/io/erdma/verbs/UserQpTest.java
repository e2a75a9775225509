package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.leak.Resource;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.abi.UrespCreateQp;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.CreateQpResponse;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.qp.ConnectionOwner;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserQpTest {
    private final UserBench user = new UserBench();
    private final Bench bench = user.bench;
    private final UserContext context = user.context;
    private int pd;
    private int cq;

    @BeforeEach
    void makePdAndCq() {
        pd = context.allocPd();
        cq = user.createCq();
    }

    @AfterEach
    void nothingIsLeft() {
        user.assertNothingLeft();
    }

    private UserQpHandle createQp() {
        return user.createQp(pd, cq);
    }

    private MemorySegment created() {
        return bench.commands.last(CommandOpcode.CREATE_QP);
    }

    @Test
    void createQp_tellsTheDeviceWhereTheProgramsRingsAndRecordsAre() {
        bench.commands.answer(CommandOpcode.CREATE_QP, CreateQpResponse.compose(0xC001));
        user.rings.segment().set(ValueLayout.JAVA_INT, 4096, 1);
        user.rings.segment().set(ValueLayout.JAVA_INT, 8192, 2);
        user.records.segment().set(ValueLayout.JAVA_LONG, 64, 3);
        user.records.segment().set(ValueLayout.JAVA_LONG, 72, 4);

        UserQpHandle qp = createQp();

        assertThat(qp.capabilities()).isEqualTo(new QpCapabilities(16, 8, 6, 1, 96));
        assertThat(UrespCreateQp.qpId(user.qpResponse, 0)).isEqualTo(1);
        assertThat(UrespCreateQp.numSqe(user.qpResponse, 0)).isEqualTo(64);
        assertThat(UrespCreateQp.numRqe(user.qpResponse, 0)).isEqualTo(8);
        assertThat(UrespCreateQp.rqOffset(user.qpResponse, 0)).isEqualTo(4096);
        assertThat(CreateQp.qpn(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.pd(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.sqCqn(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.rqCqn(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.log2SqDepth(created(), 0)).isEqualTo(6);
        assertThat(CreateQp.log2RqDepth(created(), 0)).isEqualTo(3);
        assertThat(CreateQp.sqPageShift(created(), 0)).isEqualTo(12);
        assertThat(CreateQp.rqPageShift(created(), 0)).isEqualTo(12);
        assertThat(CreateQp.sqMttEntries(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.rqMttEntries(created(), 0)).isEqualTo(1);
        assertThat(CreateQp.sqMttLevel(created(), 0)).isZero();
        assertThat(CreateQp.rqMttLevel(created(), 0)).isZero();
        assertThat(CreateQp.sqPageOffset(created(), 0)).isZero();
        assertThat(CreateQp.rqPageOffset(created(), 0)).isZero();
        assertThat(CreateQp.extendedDoorbell(created(), 0)).isTrue();
        assertThat(CreateQp.sqDoorbellPage(created(), 0)).isEqualTo(UserBench.SQ_PAGE);
        assertThat(CreateQp.rqDoorbellPage(created(), 0)).isEqualTo(UserBench.RQ_PAGE);
        assertThat(bench.hardware.at(CreateQp.sqBufferAddress(created(), 0), 64 * 32)
                .get(ValueLayout.JAVA_INT, 0)).isEqualTo(1);
        assertThat(bench.hardware.at(CreateQp.rqBufferAddress(created(), 0), 8 * 32)
                .get(ValueLayout.JAVA_INT, 0)).isEqualTo(2);
        assertThat(bench.hardware.at(CreateQp.sqDoorbellRecord(created(), 0), 8)
                .get(ValueLayout.JAVA_LONG, 0)).isEqualTo(3);
        assertThat(bench.hardware.at(CreateQp.rqDoorbellRecord(created(), 0), 8)
                .get(ValueLayout.JAVA_LONG, 0)).isEqualTo(4);
        DeviceQp found = user.device.acquireQp(1).orElseThrow();
        assertThat(found.cookie()).isEqualTo(0xC001);
        found.release();
    }

    @Test
    void createQp_ofFourPages_putsThemIntoTheCommand_ofMoreIntoATable() {
        AnonymousMemory big = user.process.mmap(8 * 4096 + 16 * 4096);
        for (int page = 0; page < 24; page++) {
            big.segment().set(ValueLayout.JAVA_INT, page * 4096L, page);
        }
        user.aimQp(big.address(), big.segment().byteSize(), user.records.address());

        user.createQp(pd, cq, new QpCapabilities(128, 2048, 1, 1, 0));

        assertThat(UrespCreateQp.rqOffset(user.qpResponse, 0)).isEqualTo(4 * 4096);
        assertThat(CreateQp.sqMttEntries(created(), 0)).isEqualTo(4);
        assertThat(CreateQp.sqMttLevel(created(), 0)).isZero();
        assertThat(pageAt(CreateQp.sqBufferAddress(created(), 0))).isZero();
        for (int page = 1; page < 4; page++) {
            assertThat(pageAt(CreateQp.sqMtt(created(), 0, page))).isEqualTo(page);
        }
        assertThat(CreateQp.rqMttEntries(created(), 0)).isEqualTo(16);
        assertThat(CreateQp.rqMttLevel(created(), 0)).isEqualTo(1);
        MemorySegment table = bench.hardware.at(CreateQp.rqBufferAddress(created(), 0), 16 * 8);
        for (int page = 0; page < 16; page++) {
            assertThat(pageAt(table.get(ValueLayout.JAVA_LONG, page * 8L))).isEqualTo(4 + page);
        }
    }

    private int pageAt(long deviceAddress) {
        return bench.hardware.at(deviceAddress, 4096).get(ValueLayout.JAVA_INT, 0);
    }

    @ParameterizedTest
    @CsvSource({ "0,8,1,1,0", "16,0,1,1,0", "8193,8,1,1,0", "16,32769,1,1,0", "16,8,7,1,0", "16,8,1,2,0",
        "16,8,1,1,97", "-1,8,1,1,0", "16,-1,1,1,0", "16,8,-1,1,0", "16,8,1,-1,0", "16,8,1,1,-1",
        "2147483647,8,1,1,0", "16,2147483647,1,1,0" })
    void createQp_ofSizesThatThereAreNot_isEinval(int sends, int receives, int sendSges, int receiveSges, int inline) {
        QpCapabilities sizes = new QpCapabilities(sends, receives, sendSges, receiveSges, inline);

        assertRefused(Errno.EINVAL, () -> user.createQp(pd, cq, sizes));
        assertUntouched();
    }

    private void assertUntouched() {
        assertThat(context.snapshot().qps()).isZero();
        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.CREATE_QP);
        assertThat(user.device.snapshot().queuePairs()).isEmpty();
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).as("the CQ's ring and record").isEqualTo(2);
    }

    @Test
    void createQp_ofTheLargestSizes_works() {
        AnonymousMemory big = user.process.mmap((1 << 20) + (1 << 20));
        user.aimQp(big.address(), 2 << 20, user.records.address() + 4080);

        UserQpHandle qp = user.createQp(pd, cq, new QpCapabilities(8192, 32768, 6, 1, 96));

        assertThat(qp.capabilities()).isEqualTo(new QpCapabilities(8192, 32768, 6, 1, 96));
    }

    @Test
    void createQp_ofAnotherType_orWithoutACq_isEopnotsupp() {
        assertRefused(Errno.EOPNOTSUPP, () -> context.createQp(
                new UserQpInit(pd, cq, cq, UserBench.SIZES, QpType.UD), user.qpRequest, user.qpResponse));
        assertRefused(Errno.EOPNOTSUPP, () -> context.createQp(
                new UserQpInit(pd, 0, cq, UserBench.SIZES, QpType.RC), user.qpRequest, user.qpResponse));
        assertRefused(Errno.EOPNOTSUPP, () -> context.createQp(
                new UserQpInit(pd, cq, 0, UserBench.SIZES, QpType.RC), user.qpRequest, user.qpResponse));
        assertUntouched();
    }

    @Test
    void createQp_withHandlesOfAnotherContext_orStaleOnes_isEnoent() {
        UserContext other = user.open();
        int foreignPd = other.allocPd();
        int stale = context.allocPd();
        context.deallocPd(stale);

        assertRefused(Errno.ENOENT, () -> user.createQp(foreignPd, cq));
        assertRefused(Errno.ENOENT, () -> user.createQp(stale, cq));
        assertRefused(Errno.ENOENT, () -> user.createQp(cq, cq));
        assertRefused(Errno.ENOENT, () -> user.createQp(pd, pd));
        assertRefused(Errno.ENOENT, () -> other.createQp(
                new UserQpInit(foreignPd, cq, cq, UserBench.SIZES, QpType.RC), user.qpRequest, user.qpResponse));
        assertUntouched();
    }

    @Test
    void createQp_withABufferThatDoesNotHoldTheRings_isEinval() {
        user.aimQp(user.rings.address(), 4096 + 8 * 32 - 1, user.records.address());
        assertRefused(Errno.EINVAL, this::createQp);
        assertUntouched();

        user.aimQp(user.rings.address(), 4096 + 8 * 32, user.records.address());
        createQp();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 32, 2048, 4095 })
    void createQp_withABufferThatDoesNotBeginAPage_isEinval(int offset) {
        user.aimQp(user.rings.address() + offset, 16384, user.records.address());

        assertRefused(Errno.EINVAL, this::createQp);
        assertUntouched();
    }

    @Test
    void createQp_withAddressesThatAreNotTheProgramsMemory_isEfault() {
        long end = user.rings.address() + user.rings.segment().byteSize();
        for (long buffer : new long[]{ 0, -4096, end, end - 4096, Long.MIN_VALUE, Long.MAX_VALUE & -4096 }) {
            user.aimQp(buffer, 8192, user.records.address());
            assertRefused(Errno.EFAULT, this::createQp);
        }
        user.aimQp(user.rings.address(), 8192, 0);
        assertRefused(Errno.EFAULT, this::createQp);
        assertUntouched();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 4, 4084, 4088, 4092 })
    void createQp_withRecordsThatAreNotAligned_orNotInOnePage_isEinval(int offset) {
        user.aimQp(user.rings.address() + 4096, 8192, user.records.address() + offset);

        assertRefused(Errno.EINVAL, this::createQp);
        assertUntouched();
    }

    @Test
    void createQp_withBadStructs_isEinvalOrEfault() {
        UserQpInit init = new UserQpInit(pd, cq, cq, UserBench.SIZES, QpType.RC);
        assertRefused(Errno.EINVAL,
                () -> context.createQp(init, user.qpRequest.asSlice(0, 23), user.qpResponse));
        assertRefused(Errno.EINVAL,
                () -> context.createQp(init, user.qpRequest, user.qpResponse.asSlice(0, 15)));
        assertRefused(Errno.EFAULT,
                () -> context.createQp(init, user.qpRequest, user.qpResponse.asReadOnly()));
        user.qpRequest.set(ValueLayout.JAVA_BYTE, 20, (byte) 1);
        assertRefused(Errno.EINVAL, () -> context.createQp(init, user.qpRequest, user.qpResponse));
        assertUntouched();
    }

    @Test
    void createQp_whenTheCommandFails_orTheResponseVanishes_leavesNothing() {
        bench.commands.fail(CommandOpcode.CREATE_QP, Errno.EIO);
        assertRefused(Errno.EIO, this::createQp);
        assertThat(context.snapshot().qps()).isZero();

        bench.commands.failNothing();
        AnonymousMemory response = user.process.mmap(4096);
        bench.commands.on(CommandOpcode.CREATE_QP, _ -> response.close());
        UserQpInit init = new UserQpInit(pd, cq, cq, UserBench.SIZES, QpType.RC);
        assertRefused(Errno.EFAULT, () -> context.createQp(init, user.qpRequest, response.segment()));
        assertThat(user.device.snapshot().queuePairs()).isEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.MODIFY_QP, CommandOpcode.DESTROY_QP);
        context.destroyCq(cq);
        context.deallocPd(pd);
    }

    @Test
    void createQp_whenNumbersAreUsedUp_isEnomem() {
        for (int i = 1; i < Bench.EXTENDED.maxQp(); i++) {
            createQp();
        }

        assertRefused(Errno.ENOMEM, this::createQp);
    }

    @Test
    void modifyAndQuery_areThoseOfEveryQp() {
        UserQpHandle qp = createQp();
        assertThat(context.queryQp(qp.handle()).state()).isEqualTo(QpState.INIT);
        assertThat(context.queryQp(qp.handle()).capabilities()).isEqualTo(UserBench.SIZES);
        assertRefused(Errno.EINVAL,
                () -> context.modifyQp(qp.handle(), QpModifyAttributes.to(QpState.RTS)));
        assertRefused(Errno.EOPNOTSUPP,
                () -> context.modifyQp(qp.handle(), new QpModifyAttributes(1 << 21, QpState.ERR, 1)));
        assertRefused(Errno.EINVAL, () -> context.modifyQp(qp.handle(),
                new QpModifyAttributes(QpModifyAttributes.STATE | QpModifyAttributes.PORT, QpState.ERR, 2)));
        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.MODIFY_QP);

        context.modifyQp(qp.handle(), QpModifyAttributes.to(QpState.ERR));

        assertThat(context.queryQp(qp.handle()).state()).isEqualTo(QpState.ERR);
        assertThat(ModifyQp.state(bench.commands.last(CommandOpcode.MODIFY_QP), 0))
                .isEqualTo(IwarpQpState.ERROR.number());
    }

    @Test
    void userQps_getNoReflush() {
        UserQpHandle qp = createQp();

        context.modifyQp(qp.handle(), QpModifyAttributes.to(QpState.ERR));
        bench.clock.advance(1_000_000);

        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.REFLUSH);
    }

    @Test
    void handles_thatAreStale_orAnotherContexts_areEnoent() {
        UserContext other = user.open();
        int qp = createQp().handle();

        assertRefused(Errno.ENOENT, () -> other.modifyQp(qp, QpModifyAttributes.to(QpState.ERR)));
        assertRefused(Errno.ENOENT, () -> other.queryQp(qp));
        assertRefused(Errno.ENOENT, () -> other.destroyQp(qp));
        assertThat(context.queryQp(qp).state()).isEqualTo(QpState.INIT);
        context.destroyQp(qp);
        assertRefused(Errno.ENOENT, () -> context.modifyQp(qp, QpModifyAttributes.to(QpState.ERR)));
        assertRefused(Errno.ENOENT, () -> context.queryQp(qp));
        assertRefused(Errno.ENOENT, () -> context.destroyQp(qp));
    }

    @Test
    void destroyQp_givesItsMemoryBack_evenWhileItsConnectionHoldsIt() {
        int qp = createQp().handle();
        DeviceQp held = user.device.acquireQp(user.qpn()).orElseThrow();
        long ring = CreateQp.sqBufferAddress(created(), 0);

        context.destroyQp(qp);

        assertThat(DestroyQp.qpn(bench.commands.last(CommandOpcode.DESTROY_QP), 0)).isEqualTo(held.qpn());
        assertThat(bench.hardware.reaches(ring, 1)).isFalse();
        assertThat(user.device.acquireQp(held.qpn())).isEmpty();
        context.destroyCq(cq);
        context.deallocPd(pd);
        held.release();
        user.assertEmpty();
    }

    @Test
    void aConnectionManager_connectsAUserQp_andHearsWhenItGoes() {
        int qp = createQp().handle();
        DeviceQp held = user.device.acquireQp(user.qpn()).orElseThrow();
        List<String> told = new ArrayList<>();
        held.attach(new ConnectionOwner() {
            @Override
            public void qpLeftRts() {
                told.add("left");
            }

            @Override
            public void qpFailedBeforeRts() {
                told.add("failed");
            }
        });

        held.connect(Bench.CONNECTION, 16, 8);

        assertThat(context.queryQp(qp).state()).isEqualTo(QpState.RTS);
        assertThat(context.queryQp(qp).maxRdAtomic()).isEqualTo(16);
        assertThat(context.queryQp(qp).maxDestRdAtomic()).isEqualTo(8);
        context.close();
        assertThat(told).containsExactly("left");
        held.release();
    }

    @Test
    void errorsOfAQp_reachItsContextAlone_untilItIsDestroyed() throws InterruptedException {
        int qp = createQp().handle();
        UserContext other = user.open();

        bench.router.qpEvent(user.qpn(), 0);
        bench.router.qpEvent(user.qpn(), 2);

        assertThat(context.getAsyncEvent()).isEqualTo(new UserAsyncEvent(AsyncEventType.QP_FATAL, qp));
        assertThat(other.pollAsyncEvent()).isEmpty();
        context.destroyQp(qp);
        assertThat(context.pollAsyncEvent()).isEmpty();
    }

    @Test
    void closeOfTheContext_destroysQpsFirst_thenCqs() {
        createQp();
        bench.commands.forget();

        context.close();

        assertThat(bench.commands.opcodes()).containsExactly(CommandOpcode.MODIFY_QP, CommandOpcode.DESTROY_QP,
                CommandOpcode.DESTROY_CQ, CommandOpcode.FREE_DB);
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
    }

    @Test
    void closeOfTheContext_onADeadDevice_leavesNothingEither() {
        createQp();
        for (CommandOpcode opcode : CommandOpcode.values()) {
            bench.commands.fail(opcode, Errno.ENODEV);
        }

        context.close();

        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        assertThat(user.device.snapshot().queuePairs()).isEmpty();
    }

    @Test
    void closeOfTheContext_whileAQpIsMade_leavesNothing() {
        bench.commands.on(CommandOpcode.CREATE_QP, _ -> context.close());

        assertRefused(Errno.EBADF, this::createQp);

        assertThat(user.device.snapshot().queuePairs()).isEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.DESTROY_QP, CommandOpcode.FREE_DB);
    }

    @Test
    void closeOfTheContext_whoseMemoryHasVanished_leavesNothing() {
        createQp();
        user.rings.close();
        user.records.close();

        context.close();

        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
    }

    @Test
    void removalOfTheDevice_destroysUserQps_andTheirContextIsDead() {
        int qp = createQp().handle();

        user.device.close();

        assertThat(user.device.snapshot().queuePairs()).isEmpty();
        assertRefused(Errno.ENODEV, () -> context.destroyQp(qp));
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
    }
}
