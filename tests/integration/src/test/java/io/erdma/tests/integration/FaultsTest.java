package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.Moc;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.QpInitAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands that fail, come late or in another order; doorbells and interrupts that are lost; engines that stand still. */
class FaultsTest {
    private final FaultPlan alice = new FaultPlan();

    private Tenants tenants(Mode mode) {
        return Tenants.on(Moc.builder(mode.strict()).faults("alice", alice).build());
    }

    private static long detail(CommandOpcode command) {
        return (long) command.subModule() << 8 | command.opcode();
    }

    @ParameterizedTest
    @EnumSource
    void refusedCommand_changesNothing_andTheNextOneWorks(Mode mode) {
        try (Tenants tenants = tenants(mode)) {
            ErdmaDevice device = tenants.device("alice");
            for (CommandOpcode command : List.of(CommandOpcode.CREATE_CQ, CommandOpcode.CREATE_QP,
                    CommandOpcode.REG_MR)) {
                var before = tenants.card().vport("alice").ledger().outstanding();
                alice.once(FaultPoint.DEVICE_COMMAND, detail(command), new FaultAction.Syndrome(9));
                List<AutoCloseable> made = new ArrayList<>();
                assertThatThrownBy(() -> makeAll(device, made)).isInstanceOfSatisfying(ErrnoException.class,
                        e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
                closeAll(made);
                assertThat(tenants.card().vport("alice").ledger().outstanding()).isEqualTo(before);
            }
            try (Pair pair = tenants.pair()) {
                pair.assertWorks();
            }
        }
    }

    /** Each of CREATE_CQ, CREATE_QP, REG_MR once. */
    private static void makeAll(ErdmaDevice device, List<AutoCloseable> made) {
        var pd = device.allocPd();
        made.addFirst(pd);
        var cq = device.createCq(16);
        made.addFirst(cq);
        made.addFirst(pd.createQp(QpInitAttributes.of(cq).build()));
        made.addFirst(pd.getDmaMr());
    }

    private static void closeAll(List<AutoCloseable> made) {
        for (AutoCloseable object : made) {
            try {
                object.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void failedMoveToRts_leavesTheQpWhereItWas(Mode mode) {
        try (Tenants tenants = tenants(mode);
                Side left = Side.of(tenants.device("alice"));
                Side right = Side.of(tenants.device("bob"))) {
            alice.once(FaultPoint.DEVICE_COMMAND, detail(CommandOpcode.MODIFY_QP), new FaultAction.Syndrome(1));
            assertThatThrownBy(() -> Pair.connect(left, right)).isInstanceOf(ErrnoException.class);

            assertThat(left.qp.state()).isEqualTo(IwarpQpState.IDLE); // defect 19
            Pair.connect(left, right);
            new Pair(left, right).assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void failedMoveToError_leavesSoftwareAndDeviceTogether(Mode mode) {
        try (Tenants tenants = tenants(mode); Pair pair = tenants.pair()) {
            alice.once(FaultPoint.DEVICE_COMMAND, detail(CommandOpcode.MODIFY_QP), new FaultAction.Syndrome(1));
            assertThatThrownBy(() -> pair.left().qp.modify(QpState.ERR))
                    .isInstanceOf(ErrnoException.class);

            assertThat(pair.left().qp.state()).isEqualTo(IwarpQpState.RTS); // defect 7
            pair.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void failedDestroy_freesEverythingAllTheSame(Mode mode) {
        try (Tenants tenants = tenants(mode)) {
            var before = tenants.card().vport("alice").ledger().outstanding();
            Side side = Side.of(tenants.device("alice"));
            for (CommandOpcode command : List.of(CommandOpcode.DESTROY_QP, CommandOpcode.DESTROY_CQ,
                    CommandOpcode.DEREG_MR)) {
                alice.once(FaultPoint.DEVICE_COMMAND, detail(command), new FaultAction.Syndrome(1));
            }
            side.close();
            assertThat(tenants.card().vport("alice").ledger().outstanding()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void failedDestroyEq_freesTheCompletionEventQueuesAllTheSame(Mode mode) {
        try (Tenants tenants = tenants(mode); Pair pair = tenants.pair()) {
            pair.assertWorks();
            alice.always(FaultPoint.DEVICE_COMMAND, detail(CommandOpcode.DESTROY_EQ), new FaultAction.Syndrome(1)); // defect 5
        } // tenants.close() finds nothing held
    }

    @ParameterizedTest
    @EnumSource
    void commandsThatOvertakeEachOther_allGetTheirOwnAnswer(Mode mode) throws InterruptedException {
        try (Tenants tenants = tenants(mode)) {
            ErdmaDevice device = tenants.device("alice");
            alice.add(FaultPoint.DEVICE_COMMAND, detail(CommandOpcode.CREATE_CQ), 0, 1, new FaultAction.Delay(2));
            List<CompletionQueue> made = new ArrayList<>();
            Thread late = Thread.ofPlatform().start(() -> {
                CompletionQueue cq = device.createCq(16);
                synchronized (made) {
                    made.add(cq);
                }
            });
            Await.until("the late command is at the device",
                    () -> tenants.card().vport("alice")
                            .counters(tenants.host("alice").machine().functions().getFirst()).get("faults") == 1);
            for (int n = 0; n < 2; n++) {
                CompletionQueue cq = device.createCq(16);
                synchronized (made) {
                    assertThat(n == 0 && !made.isEmpty()).as("the late command came before the first").isFalse();
                    made.add(cq);
                }
            }
            late.join();
            assertThat(made).extracting(CompletionQueue::cqn).containsExactlyInAnyOrder(1, 2, 3);
            made.forEach(CompletionQueue::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    void lostDoorbell_isMadeGoodByTheNext(Mode mode) {
        try (Tenants tenants = tenants(mode); Pair pair = tenants.pair()) {
            pair.right().receive(1, 0, 8);
            pair.right().receive(2, 8, 8);
            alice.once(FaultPoint.DEVICE_DOORBELL, pair.left().qp.qpn(), new FaultAction.Drop());
            SendRequest request = new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey());
            request.flags = SendFlag.SIGNALED;
            pair.left().post(request);
            pair.left().post(request);
            pair.left().awaitOk();
            pair.left().awaitOk();
            assertThat(pair.right().awaitOk().wrId).isEqualTo(1);
            assertThat(pair.right().awaitOk().wrId).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void lostInterrupt_losesNoCompletion(Mode mode) {
        AtomicInteger told = new AtomicInteger();
        try (Tenants tenants = tenants(mode);
                Pair pair = Pair.connected(
                        Side.of(tenants.device("alice"), cq -> cq.completionHandler(_ -> told.incrementAndGet()),
                                qp -> qp),
                        Side.of(tenants.device("bob")))) {
            alice.once(FaultPoint.DEVICE_INTERRUPT, FaultPlan.ANY, new FaultAction.Drop());
            assertThat(pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
            SendRequest write = new SendRequest();
            write.opcode = WrOpcode.RDMA_WRITE;
            write.flags = SendFlag.SIGNALED;
            pair.left().post(write);
            pair.left().awaitOk();
            assertThat(told).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneTenantsEngineStandsStill_anothersTransferFinishes(Mode mode) {
        try (Tenants tenants = tenants(mode);
                Pair held = tenants.pair();
                Pair free = tenants.pair("bob", "bob")) {
            alice.once(FaultPoint.DEVICE_ENGINE, held.left().qp.qpn(), new FaultAction.Hold());
            held.right().receive(1, 0, 8);
            held.left().putLong(0, 77);
            SendRequest request = new SendRequest().addSge(held.left().address(0), 8, held.left().mr.lkey());
            request.flags = SendFlag.SIGNALED;
            held.left().post(request);

            for (int n = 0; n < 100; n++) {
                free.assertWorks();
            }
            assertThat(held.left().nothingCompleted()).isTrue();
            assertThat(held.right().getLong(0)).isZero();

            alice.release();
            held.left().awaitOk();
            held.right().awaitOk();
            assertThat(held.right().getLong(0)).isEqualTo(77);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fencedRequest_waitsForTheReadsBeforeIt_andAnUnfencedOneDoesNot(Mode mode) {
        FaultPlan bob = new FaultPlan();
        try (Tenants tenants = Tenants.on(Moc.builder(mode.strict()).faults("bob", bob).build());
                Pair pair = tenants.pair()) {
            bob.once(FaultPoint.DEVICE_ENGINE, pair.right().qp.qpn(), new FaultAction.Hold());
            pair.left().putLong(0, 1);
            pair.left().putLong(8, 2);
            SendRequest read = tagged(pair, WrOpcode.RDMA_READ, 16, 4096, SendFlag.SIGNALED);
            SendRequest unfenced = tagged(pair, WrOpcode.RDMA_WRITE, 0, 0, 0);
            SendRequest fenced = tagged(pair, WrOpcode.RDMA_WRITE, 8, 8, SendFlag.FENCE | SendFlag.SIGNALED);
            read.next = unfenced;
            unfenced.next = fenced;
            pair.left().post(read);

            Await.until("the write without a fence got through", () -> pair.right().getLong(0) == 1);
            assertThat(pair.right().getLong(8)).isZero();
            assertThat(pair.left().nothingCompleted()).isTrue();

            bob.release();
            pair.left().awaitOk();
            pair.left().awaitOk();
            assertThat(pair.right().getLong(8)).isEqualTo(2);
        }
    }

    private static SendRequest tagged(Pair pair, WrOpcode opcode, long local, long remote, int flags) {
        SendRequest request = new SendRequest().addSge(pair.left().address(local), 8, pair.left().mr.lkey());
        request.opcode = opcode;
        request.flags = flags;
        request.remoteAddress = pair.right().address(remote);
        request.remoteKey = pair.right().mr.rkey();
        return request;
    }
}
