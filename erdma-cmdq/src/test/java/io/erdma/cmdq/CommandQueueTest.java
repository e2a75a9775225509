package io.erdma.cmdq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.MmioWrite;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.DestroyQp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandQueueTest {
    private final FakeFunction function = FakeFunction.create();
    private final Bar bar = function.pci().mapBar(0);
    private final DmaPool records = new DmaPool(function.pci(), 8);
    private final InterruptVectors vectors = function.pci().allocateVectors(1, 1, Runnable::run);
    private final ManualClock clock = new ManualClock();
    private final AtomicInteger deaths = new AtomicInteger();
    private final DeviceSide device = new DeviceSide(function);
    private CommandQueue queue;

    @BeforeEach
    void create() {
        queue = CommandQueue.create(function.pci(), bar, records, clock, deaths::incrementAndGet);
        vectors.bind(0, queue::handleInterrupt);
    }

    @AfterEach
    void close() {
        vectors.close();
        queue.close();
        queue.close();
        records.close();
        bar.close();
        assertThat(function.ledger().outstanding()).isEmpty();
    }

    private CommandResponse query() { return queue.execute(CommandOpcode.QUERY_DEVICE, CommandBody.EMPTY); }

    private static void assertErrno(Errno errno, Runnable call) {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(call::run)
                .extracting(ErrnoException::errno).isEqualTo(errno);
    }

    @Test
    void create_writesTheRegistersInTheOrderOfTheDataSheet() {
        assertThat(function.writes()).extracting(MmioWrite::offset).containsExactly(
                (long) Registers.CMDQ_SQ_ADDR_H, (long) Registers.CMDQ_SQ_ADDR_L, (long) Registers.CMDQ_DEPTH,
                (long) Registers.CMDQ_SQ_DB_HOST_ADDR, (long) Registers.CMDQ_CQ_ADDR_H, (long) Registers.CMDQ_CQ_ADDR_L,
                (long) Registers.CMDQ_CQ_DB_HOST_ADDR, (long) Registers.CMDQ_EQ_ADDR_H, (long) Registers.CMDQ_EQ_ADDR_L,
                (long) Registers.CMDQ_EQ_DEPTH, (long) Registers.CMDQ_EQ_DB_HOST_ADDR);
        assertThat(function.get32(Registers.CMDQ_DEPTH)).isEqualTo(512);
        assertThat(function.get32(Registers.CMDQ_EQ_DEPTH)).isEqualTo(128);
    }

    @Test
    void execute_returnsTheResponse_andPublishesHeaderAndBody() {
        device.answersAtOnce = true;
        device.response = new CommandResponse(0x1122, -2L);
        CommandResponse response = queue.execute(CommandOpcode.DESTROY_QP,
                (slot, at) -> DestroyQp.setQpn(slot, at, 77));
        assertThat(response).isEqualTo(new CommandResponse(0x1122, -2L));
        long header = device.headers.getFirst();
        assertThat(CommandHeader.opcode(header)).isEqualTo(CommandOpcode.DESTROY_QP.opcode());
        assertThat(CommandHeader.wqebbCount(header)).isEqualTo(4);
        assertThat(CommandHeader.producerIndex(header)).isEqualTo(4);
        assertThat(DestroyQp.qpn(device.command(0), 0)).isEqualTo(77);
        assertThat(queue.state().submitted()).isEqualTo(4);
    }

    @Test
    void doorbells_areInTheirRecordsBeforeTheRegisterIsWritten_theSameValue() {
        queue.arm();
        List<Long> records = new ArrayList<>();
        function.onWrite(Registers.CMDQ_CQDB, value -> records.add(record(Registers.CMDQ_CQ_DB_HOST_ADDR)));
        function.onWrite(Registers.CMDQ_SQDB, value -> {
            records.add(record(Registers.CMDQ_SQ_DB_HOST_ADDR));
            device.doorbell(value);
        });
        assertThat(record(Registers.CMDQ_CQ_DB_HOST_ADDR))
                .isEqualTo(function.writesTo(Registers.CMDQ_CQDB).getFirst());
        device.answersAtOnce = true;

        query();

        assertThat(records).containsExactly(
                function.writesTo(Registers.CMDQ_SQDB).getLast(), function.writesTo(Registers.CMDQ_CQDB).getLast());
    }

    private long record(int register) {
        return DoorbellRecord.load(function.at(function.get64(register), 8), 0);
    }

    /** Defect 11 of driver-behaviour §8. */
    @Test
    void execute_sendsZerosWhereTheCommandHasNoField() {
        device.answersAtOnce = true;
        for (int n = 0; n < 128; n++) {
            queue.execute(CommandOpcode.QUERY_DEVICE, (slot, at) -> slot.asSlice(at + 8, 120).fill((byte) 0xFF));
        }
        query();
        assertThat(device.command(0).asSlice(8, 120).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    @Tag("exhaustive")
    void execute_worksOverManyLapsOfEveryRing(boolean armed) {
        device.answersAtOnce = true;
        if (armed) {
            queue.arm();
        }
        for (int n = 0; n < 3 * 65536 / 4; n++) {
            query();
        }
        assertThat(queue.state().inFlight()).isZero();
        assertThat(queue.state().dropped()).isZero();
        assertThat(queue.state().completed()).isEqualTo(3 * 65536 / 4);
    }

    @Test
    void execute_refusedByTheDevice_isEioWithOpcodeAndSyndrome() {
        device.answersAtOnce = true;
        device.syndrome = 9;
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::query)
                .withMessageContaining("QUERY_DEVICE").withMessageContaining("9")
                .extracting(ErrnoException::errno).isEqualTo(Errno.EIO);
    }

    @Test
    void execute_unanswered_isEtimeAfterFifteenSeconds_andTheQueueIsDead() {
        assertErrno(Errno.ETIME, this::query);
        assertThat(Duration.ofNanos(clock.nanoTime())).isBetween(Duration.ofSeconds(15), Duration.ofMillis(15_010));
        assertThat(deaths).hasValue(1);
        assertThat(queue.isWorking()).isFalse();
        assertThat(queue.state().timedOut()).isEqualTo(1);
        long later = clock.nanoTime();
        assertErrno(Errno.ENODEV, this::query);
        assertThat(clock.nanoTime()).isEqualTo(later);
        assertThat(deaths).hasValue(1);
    }

    @Test
    void execute_onADeadOrClosedQueue_saysWhich_andTellsTheDeviceNothing() {
        assertErrno(Errno.ETIME, this::query);
        function.forgetWrites();
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::query)
                .withMessage("ENODEV: QUERY_DEVICE: the command queue no longer answers");
        queue.stop();
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::query)
                .withMessage("ENODEV: QUERY_DEVICE: the command queue is closed");
        assertThat(function.writes()).isEmpty();
        assertThat(queue.state().submitted()).isEqualTo(4);
    }

    /** The next command fills the ring: each is followed by another one, executed from within its doorbell write. */
    private void whenFull(Runnable last) {
        function.onWrite(Registers.CMDQ_SQDB, value -> {
            device.doorbell(value);
            if (queue.state().inFlight() < 128) {
                assertErrno(Errno.ENODEV, this::query);
            } else if (device.headers.size() == 128) {
                last.run();
            }
        });
    }

    @Test
    void execute_whenNoSlotBecomesFree_isEtimeAfterFifteenSeconds_andTheQueueIsDead() {
        whenFull(() -> assertErrno(Errno.ETIME, this::query));

        assertErrno(Errno.ENODEV, this::query);

        assertThat(device.headers).hasSize(128);
        assertThat(Duration.ofNanos(clock.nanoTime())).isBetween(Duration.ofSeconds(15), Duration.ofMillis(15_010));
        assertThat(deaths).hasValue(1);
        assertThat(queue.isWorking()).isFalse();
        assertThat(queue.state().inFlight()).isEqualTo(128);
    }

    @Test
    void execute_whenASlotBecomesFreeInTime_takesIt() {
        List<CommandResponse> answers = new ArrayList<>();
        whenFull(() -> {
            clock.after(Duration.ofSeconds(14).toNanos(), () -> device.complete(0, 0, 1, 0));
            clock.after(Duration.ofMillis(14_500).toNanos(), () -> device.complete(512, 0, 129, 0));
            answers.add(query());
            queue.stop();
        });

        assertThat(query()).isEqualTo(new CommandResponse(1, 0));

        assertThat(answers).containsExactly(new CommandResponse(129, 0));
        assertThat(deaths).hasValue(0);
    }

    @Test
    void lateCompletion_ofATimedOutCommand_isDropped() {
        queue.arm();
        assertErrno(Errno.ETIME, this::query);
        device.complete(0, 0, 1, 2);
        assertThat(queue.state().dropped()).isEqualTo(1);
        assertErrno(Errno.ENODEV, this::query);
    }

    @Test
    void completionsThatNobodyWaitsFor_areDropped() {
        device.complete(8, 0, 0, 0);
        device.complete(3, 0, 0, 0);
        device.answersAtOnce = true;
        query();
        assertThat(queue.state().dropped()).isEqualTo(2);
    }

    @Test
    void handler_beforeTheFirstArm_ignoresTheEvent() {
        function.forgetWrites();
        device.raiseEvent();
        assertThat(function.writes()).isEmpty();
    }

    @Test
    void handler_countsEachEventInCmdsnAndIdx_armsAfterIt_andRingsEq0() {
        queue.arm();
        assertThat(function.writesTo(Registers.CMDQ_CQDB)).containsExactly(CqDoorbell.compose(0, 0, true, false, 0, 0));
        device.answersAtOnce = true;
        for (int n = 0; n < 5; n++) {
            query();
        }
        assertThat(function.writesTo(Registers.CMDQ_CQDB).subList(1, 6)).extracting(CqDoorbell::idx).containsExactly(1,
                2, 3, 4, 5);
        assertThat(function.writesTo(Registers.CMDQ_CQDB).subList(1, 6)).extracting(CqDoorbell::cmdsn)
                .containsExactly(1, 2, 3, 0, 1);
        assertThat(function.writesTo(Registers.CMDQ_CQDB).getLast())
                .matches(value -> CqDoorbell.consumerIndex(value) == 5);
        assertThat(function.writesTo(Registers.ceqDoorbell(0)).getLast()).isEqualTo(EqDoorbell.compose(true, 5));
    }

    @Test
    void handler_withoutEvent_ringsEq0ButDoesNotArm() {
        queue.arm();
        function.forgetWrites();
        function.raise(0);
        assertThat(function.writesTo(Registers.CMDQ_CQDB)).isEmpty();
        assertThat(function.writesTo(Registers.ceqDoorbell(0))).containsExactly(EqDoorbell.compose(true, 0));
    }

    @Test
    void execute_fromWithinTheInterruptHandler_works() {
        device.answersAtOnce = true;
        queue.arm();
        List<CommandResponse> nested = new ArrayList<>();
        vectors.unbind(0);
        vectors.bind(0, () -> {
            if (nested.isEmpty()) {
                nested.add(query());
            }
            queue.handleInterrupt();
        });
        query();
        assertThat(nested).hasSize(1);
        assertThat(queue.state().inFlight()).isZero();
    }

    @Test
    void commandsOfSeveralThreads_completeInAnyOrder_eachWithItsOwnResponse() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            queue = realTimeQueue();
            List<Future<CommandResponse>> answers = new ArrayList<>();
            for (int n = 0; n < 8; n++) {
                int qpn = n;
                answers.add(threads.submit(
                        () -> queue.execute(CommandOpcode.DESTROY_QP, (slot, at) -> DestroyQp.setQpn(slot, at, qpn))));
            }
            List<Integer> all = awaitTaken(8);
            for (int wqebb : all.reversed()) {
                device.complete(wqebb, 0, DestroyQp.qpn(device.command(wqebb), 0), 0);
            }
            for (int n = 0; n < 8; n++) {
                assertThat(answers.get(n).get().qword0()).isEqualTo(n);
            }
        }
    }

    @Test
    void withoutCredit_aCommandWaitsUntilItsSlotIsFree() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(129)) {
            queue = realTimeQueue();
            CountDownLatch done = new CountDownLatch(129);
            for (int n = 0; n < 129; n++) {
                Future<?> unused = threads.submit(() -> {
                    query();
                    done.countDown();
                });
            }
            List<Integer> all = awaitTaken(128);
            assertThat(device.headers).hasSize(128);
            assertThat(queue.state().inFlight()).isEqualTo(128);
            all.forEach(wqebb -> device.complete(wqebb, 0, 0, 0));
            awaitTaken(1).forEach(wqebb -> device.complete(wqebb, 0, 0, 0));
            done.await();
            assertThat(queue.state().inFlight()).isZero();
        }
    }

    @Test
    void close_endsThoseThatWaitWithEnodev() throws Exception {
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            queue = realTimeQueue();
            Future<?> waiting = threads.submit(() -> assertErrno(Errno.ENODEV, this::query));
            awaitTaken(1);
            queue.close();
            waiting.get();
        }
    }

    private CommandQueue realTimeQueue() {
        vectors.unbind(0);
        queue.close();
        CommandQueue made = CommandQueue.create(
                function.pci(), bar, records, io.erdma.core.exec.Clock.system(), deaths::incrementAndGet);
        vectors.bind(0, made::handleInterrupt);
        return made;
    }

    private List<Integer> awaitTaken(int count) {
        while (true) {
            synchronized (device) {
                if (device.taken.size() >= count) {
                    List<Integer> all = List.copyOf(device.taken);
                    device.taken.clear();
                    return all;
                }
            }
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2, 3 })
    void create_withoutMemoryAtSomeStep_holdsNothing(int step) {
        int held = records.inUse();
        FaultPlan plan = new FaultPlan();
        plan.add(FaultPoint.HAL_ALLOCATE, FaultPlan.ANY, step, 1, new FaultAction.Fail(Errno.ENOMEM));
        FaultyFunction faulty = new FaultyFunction(function.pci(), plan);
        try (DmaPool faultyRecords = new DmaPool(faulty, 8)) {
            assertErrno(Errno.ENOMEM, () -> CommandQueue.create(faulty, bar, faultyRecords, clock, () -> {}));
            assertThat(faultyRecords.inUse()).isZero();
        }
        assertThat(records.inUse()).isEqualTo(held);
    }
}
