package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.hw.abi.UreqCreateCq;
import io.erdma.hw.abi.UrespCreateCq;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DestroyCq;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserCqTest {
    private final UserBench user = new UserBench();
    private final Bench bench = user.bench;
    private final UserContext context = user.context;

    @AfterEach
    void nothingIsLeft() {
        user.assertNothingLeft();
    }

    private MemorySegment created() {
        return bench.commands.last(CommandOpcode.CREATE_CQ);
    }

    @Test
    void createCq_tellsTheDeviceWhereTheProgramsRingAndRecordAre() {
        user.rings.segment().set(ValueLayout.JAVA_INT, 0, 0x1234);
        user.records.segment().set(ValueLayout.JAVA_LONG, 0, 0x5678);

        int handle = context.createCq(33, 2, 0, user.cqRequest, user.cqResponse);

        assertThat(handle).isPositive();
        assertThat(UrespCreateCq.cqId(user.cqResponse, 0)).isEqualTo(1);
        assertThat(UrespCreateCq.numCqe(user.cqResponse, 0)).isEqualTo(64);
        assertThat(CreateCq.cqn(created(), 0)).isEqualTo(1);
        assertThat(CreateCq.log2Depth(created(), 0)).isEqualTo(6);
        assertThat(CreateCq.eqn(created(), 0)).isEqualTo(3);
        assertThat(CreateCq.mttLevel(created(), 0)).isZero();
        assertThat(CreateCq.mttEntries(created(), 0)).isEqualTo(1);
        assertThat(CreateCq.pageShift(created(), 0)).isEqualTo(12);
        assertThat(CreateCq.pageOffset(created(), 0)).isZero();
        assertThat(CreateCq.extendedDoorbell(created(), 0)).isTrue();
        assertThat(CreateCq.doorbellPage(created(), 0)).isEqualTo(UserBench.CQ_PAGE);
        long ring = CreateCq.bufferAddress(created(), 0);
        assertThat(bench.hardware.at(ring, 64 * 32).get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x1234);
        assertThat(bench.hardware.at(CreateCq.doorbellRecord(created(), 0), 8).get(ValueLayout.JAVA_LONG, 0))
                .isEqualTo(0x5678);
        assertThat(context.snapshot()).isEqualTo(new UserContextSnapshot("app", 0, 0, 0, 1, 0, 1));
    }

    @Test
    void createCq_ofSeveralPages_hasATable() {
        AnonymousMemory big = user.process.mmap(3 * 4096);
        user.aimCq(big.address() + 32, 256 * 32, user.records.address() + 4096 + 4088);
        big.segment().set(ValueLayout.JAVA_INT, 4096, 0xABCD);

        context.createCq(256, 0, 0, user.cqRequest, user.cqResponse);

        assertThat(CreateCq.mttLevel(created(), 0)).isEqualTo(1);
        assertThat(CreateCq.mttEntries(created(), 0)).isEqualTo(3);
        assertThat(CreateCq.pageOffset(created(), 0)).isEqualTo(32);
        MemorySegment table = bench.hardware.at(CreateCq.bufferAddress(created(), 0), 3 * 8);
        long second = table.get(ValueLayout.JAVA_LONG, 8);
        assertThat(bench.hardware.at(second, 4096).get(ValueLayout.JAVA_INT, 0)).isEqualTo(0xABCD);
    }

    @Test
    void createCq_withoutExtendedDoorbells_namesNoPage() {
        try (UserBench plain = new UserBench(Bench.CAPABILITIES)) {
            plain.createCq();

            MemorySegment command = plain.bench.commands.last(CommandOpcode.CREATE_CQ);
            assertThat(CreateCq.extendedDoorbell(command, 0)).isFalse();
            assertThat(CreateCq.doorbellPage(command, 0)).isZero();
            plain.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @CsvSource({ "0,0", "-1,0", "1048577,0", "2147483647,0", "64,-1", "64,3" })
    void createCq_ofSizesOrVectorsThatThereAreNot_isEinval(int entries, int vector) {
        assertRefused(Errno.EINVAL,
                () -> context.createCq(entries, vector, 0, user.cqRequest, user.cqResponse));
        assertUntouched();
    }

    private void assertUntouched() {
        user.assertEmpty();
        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.CREATE_CQ);
        assertThat(user.device.snapshot().completionQueues()).isEmpty();
    }

    @Test
    void createCq_withABufferThatDoesNotHoldTheRing_isEinval() {
        user.aimCq(user.rings.address(), 64 * 32 - 1, user.records.address());
        assertRefused(Errno.EINVAL, user::createCq);
        assertUntouched();

        user.aimCq(user.rings.address(), 64 * 32, user.records.address());
        user.createCq();
        assertRefused(Errno.EINVAL, () -> context.createCq(65, 0, 0, user.cqRequest, user.cqResponse));
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 8, 16, 31 })
    void createCq_withARingThatIsNotAlignedToItsEntries_isEinval(int offset) {
        user.aimCq(user.rings.address() + offset, 64 * 32, user.records.address());

        assertRefused(Errno.EINVAL, user::createCq);
        assertUntouched();
    }

    @Test
    void createCq_withAddressesThatAreNotTheProgramsMemory_isEfault() {
        long end = user.rings.address() + user.rings.segment().byteSize();
        for (long buffer : new long[]{ 0, 4096, -4096, end, end - 32, Long.MIN_VALUE, Long.MAX_VALUE & -4096 }) {
            user.aimCq(buffer, 64 * 32, user.records.address());
            assertRefused(Errno.EFAULT, user::createCq);
        }
        for (long record : new long[]{ 0, 4096, -8, Long.MIN_VALUE, user.records.address() + 8192 }) {
            user.aimCq(user.rings.address(), 64 * 32, record);
            assertRefused(Errno.EFAULT, user::createCq);
        }
        AnonymousMemory gone = user.process.mmap(4096);
        user.aimCq(gone.address(), 64 * 32, user.records.address());
        gone.close();
        assertRefused(Errno.EFAULT, user::createCq);
        assertUntouched();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 4, 7, 4092 })
    void createCq_withARecordThatIsNotAligned_isEinval(int offset) {
        user.aimCq(user.rings.address(), 64 * 32, user.records.address() + offset);

        assertRefused(Errno.EINVAL, user::createCq);
        assertUntouched();
    }

    @Test
    void createCq_withStructsThatAreTooShort_orReservedBytesThatAreNot0_isEinval() {
        assertRefused(Errno.EINVAL,
                () -> context.createCq(64, 0, 0, user.cqRequest.asSlice(0, 23), user.cqResponse));
        assertRefused(Errno.EINVAL,
                () -> context.createCq(64, 0, 0, user.cqRequest, user.cqResponse.asSlice(0, 7)));
        assertRefused(Errno.EINVAL,
                () -> context.createCq(64, 0, 0, AbiBytes.zeroed(4097), user.cqResponse));
        for (int reserved = 20; reserved < 24; reserved++) {
            MemorySegment request = AbiBytes.zeroed(24).copyFrom(user.cqRequest);
            request.set(ValueLayout.JAVA_BYTE, reserved, (byte) 0x80);
            assertRefused(Errno.EINVAL, () -> context.createCq(64, 0, 0, request, user.cqResponse));
        }
        MemorySegment longer = AbiBytes.zeroed(32).copyFrom(user.cqRequest);
        longer.set(ValueLayout.JAVA_BYTE, 31, (byte) 1);
        assertRefused(Errno.EINVAL, () -> context.createCq(64, 0, 0, longer, user.cqResponse));
        assertUntouched();

        longer.set(ValueLayout.JAVA_BYTE, 31, (byte) 0);
        context.createCq(64, 0, 0, longer, user.cqResponse);
    }

    @Test
    void createCq_withStructsThatCannotBeTouched_isEfault() {
        AnonymousMemory gone = user.process.mmap(4096);
        gone.close();

        assertRefused(Errno.EFAULT, () -> context.createCq(64, 0, 0, gone.segment(), user.cqResponse));
        assertRefused(Errno.EFAULT, () -> context.createCq(64, 0, 0, user.cqRequest, gone.segment()));
        assertRefused(Errno.EFAULT,
                () -> context.createCq(64, 0, 0, user.cqRequest, user.cqResponse.asReadOnly()));
        assertUntouched();
    }

    @Test
    void createCq_whoseResponseVanishesMeanwhile_isEfault_andLeavesNothing() {
        AnonymousMemory response = user.process.mmap(4096);
        bench.commands.on(CommandOpcode.CREATE_CQ, _ -> response.close());

        assertRefused(Errno.EFAULT, () -> context.createCq(64, 0, 0, user.cqRequest, response.segment()));

        user.assertEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.CREATE_CQ, CommandOpcode.DESTROY_CQ);
    }

    @Test
    void createCq_whenTheCommandFails_holdsNothing() {
        bench.commands.fail(CommandOpcode.CREATE_CQ, Errno.EIO);
        int channel = context.createChannel();

        assertRefused(Errno.EIO, () -> user.createCq(channel));

        context.destroyChannel(channel);
        user.assertEmpty();
        assertThat(user.device.snapshot().completionQueues()).isEmpty();
    }

    @Test
    void createCq_whenNumbersAreUsedUp_isEbusy() {
        for (int i = 1; i < Bench.EXTENDED.maxCq(); i++) {
            user.createCq();
        }

        assertRefused(Errno.EBUSY, user::createCq);
        assertThat(context.snapshot().recordPages()).isEqualTo(1);
    }

    @Test
    void recordPages_areMappedOncePerPage_asLongAsARecordIsInThem() {
        int first = user.createCq();
        user.aimCq(user.rings.address(), 64 * 32, user.records.address() + 8);
        int second = user.createCq();
        user.aimCq(user.rings.address(), 64 * 32, user.records.address() + 4096);
        int third = user.createCq();
        assertThat(context.snapshot().recordPages()).isEqualTo(2);

        context.destroyCq(first);
        assertThat(context.snapshot().recordPages()).isEqualTo(2);
        context.destroyCq(second);
        assertThat(context.snapshot().recordPages()).isEqualTo(1);
        context.destroyCq(third);
        user.assertEmpty();
    }

    @Test
    void recordPages_ofTwoContexts_areMappedForEach() {
        user.createCq();
        UserContext other = user.open();
        other.createCq(64, 0, 0, user.cqRequest, user.cqResponse);

        assertThat(context.snapshot().recordPages()).isEqualTo(1);
        assertThat(other.snapshot().recordPages()).isEqualTo(1);
        context.close();
        assertThat(other.snapshot().recordPages()).isEqualTo(1);
    }

    @Test
    void destroyCq_tellsTheDevice_andTheHandleIsStale() {
        int cq = user.createCq();

        assertThat(context.destroyCq(cq)).isZero();

        assertThat(DestroyCq.cqn(bench.commands.last(CommandOpcode.DESTROY_CQ), 0)).isEqualTo(1);
        user.assertEmpty();
        assertRefused(Errno.ENOENT, () -> context.destroyCq(cq));
    }

    @Test
    void destroyCq_thatQpsUse_isEbusy() {
        int pd = context.allocPd();
        int cq = user.createCq();
        UserQpHandle qp = user.createQp(pd, cq);

        assertRefused(Errno.EBUSY, () -> context.destroyCq(cq));

        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.DESTROY_CQ);
        context.destroyQp(qp.handle());
        context.destroyCq(cq);
    }

    @Test
    void destroyCq_ofAnotherContext_isEnoent() {
        int cq = user.createCq();
        UserContext other = user.open();

        assertRefused(Errno.ENOENT, () -> other.destroyCq(cq));
        assertRefused(Errno.ENOENT, () -> other.getCompletionEvent(cq));
        assertThat(context.snapshot().cqs()).isEqualTo(1);
    }

    @Test
    void completionEvents_goToTheChannel_untilTheCqIsDestroyed() throws InterruptedException {
        int channel = context.createChannel();
        int cq = user.createCq(channel);
        int cqn = user.cqn();
        assertThat(context.pollCompletionEvent(channel)).isEmpty();

        bench.router.completion(cqn);
        bench.router.completion(cqn);
        bench.router.completion(cqn);

        assertThat(context.getCompletionEvent(channel)).isEqualTo(cq);
        assertThat(context.pollCompletionEvent(channel)).contains(cq);
        assertRefused(Errno.EBUSY, () -> context.destroyChannel(channel));
        assertThat(context.destroyCq(cq)).as("events that were taken").isEqualTo(2);
        assertThat(context.pollCompletionEvent(channel)).isEmpty();
        bench.router.completion(cqn);
        assertThat(context.pollCompletionEvent(channel)).isEmpty();
        context.destroyChannel(channel);
        assertRefused(Errno.ENOENT, () -> context.pollCompletionEvent(channel));
    }

    @Test
    void completionEvents_ofACqWithoutChannel_areDropped() {
        user.createCq();

        bench.router.completion(user.cqn());

        assertThat(context.snapshot().cqs()).isEqualTo(1);
    }

    @Test
    void completionEvents_thatNobodyTakes_doNotFillTheKernel() {
        int channel = context.createChannel();
        int cq = user.createCq(channel);
        for (int i = 0; i < 5000; i++) {
            bench.router.completion(user.cqn());
        }

        int taken = 0;
        while (context.pollCompletionEvent(channel).isPresent()) {
            taken++;
        }

        assertThat(taken).isEqualTo(1024);
        bench.router.completion(user.cqn());
        assertThat(context.pollCompletionEvent(channel)).contains(cq);
    }

    @Test
    void createCq_onAChannelOfAnotherContext_orAStaleOne_isEnoent() {
        int foreign = user.open().createChannel();
        int stale = context.createChannel();
        context.destroyChannel(stale);

        assertRefused(Errno.ENOENT, () -> user.createCq(foreign));
        assertRefused(Errno.ENOENT, () -> user.createCq(stale));
        assertRefused(Errno.ENOENT, () -> user.createCq(-1));
        assertUntouched();
    }

    @Test
    void errorOfACq_reachesItsContextAlone_andNotTheDevicesSubscribers() throws InterruptedException {
        int cq = user.createCq();
        UserContext other = user.open();
        List<AsyncEvent> heard = new ArrayList<>();
        user.device.subscribe(heard::add);

        bench.router.cqEvent(user.cqn());
        bench.router.cqEvent(user.cqn());

        assertThat(heard).isEmpty();
        assertThat(context.getAsyncEvent()).isEqualTo(new UserAsyncEvent(AsyncEventType.CQ_ERR, cq));
        assertThat(other.pollAsyncEvent()).isEmpty();
        context.destroyCq(cq);
        assertThat(context.pollAsyncEvent()).as("of a CQ that is gone").isEmpty();
    }

    @Test
    void closeOfTheContext_wakesWaiters_andDestroysItsCqs() {
        int channel = context.createChannel();
        user.createCq(channel);
        CompletableFuture<Errno> waiter = CompletableFuture.supplyAsync(() -> errnoOfWait(channel));

        context.close();

        assertThat(waiter.join()).isIn(Errno.EIO, Errno.EBADF);
        assertThat(user.device.snapshot().completionQueues()).isEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.DESTROY_CQ, CommandOpcode.FREE_DB);
    }

    private Errno errnoOfWait(int channel) {
        try {
            context.getCompletionEvent(channel);
            return Errno.EINVAL;
        } catch (ErrnoException e) {
            return e.errno();
        } catch (InterruptedException e) {
            return Errno.ECANCELED;
        }
    }

    @Test
    void closeOfTheContext_whileACqIsMade_leavesNothing() {
        bench.commands.on(CommandOpcode.CREATE_CQ, _ -> context.close());

        assertRefused(Errno.EBADF, user::createCq);

        assertThat(user.device.snapshot().completionQueues()).isEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.DESTROY_CQ, CommandOpcode.FREE_DB);
    }

    @Test
    void removalOfTheDevice_whileACqIsMade_leavesNothing() {
        bench.commands.on(CommandOpcode.CREATE_CQ, _ -> user.device.close());

        assertRefused(Errno.ENODEV, user::createCq);

        assertThat(bench.commands.opcodes()).contains(CommandOpcode.DESTROY_CQ);
    }

    @Test
    void request_isReadOnce() {
        bench.commands.on(CommandOpcode.CREATE_CQ, _ -> UreqCreateCq.setQbufVa(user.cqRequest, 0, 0));

        user.createCq();

        assertThat(context.snapshot().cqs()).isEqualTo(1);
    }
}
