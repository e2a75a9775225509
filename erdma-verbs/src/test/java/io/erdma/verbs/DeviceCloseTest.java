package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.leak.Resource;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ModifyQp;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceCloseTest {
    private final Arena arena = Arena.ofShared();
    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
        arena.close();
    }

    @Test
    void close_tellsSubscribers_flushes_andDestroysWhatIsLeftInOrder() {
        List<AsyncEvent> seen = new ArrayList<>();
        device.subscribe(seen::add);
        ProtectionDomain pd = device.allocPd();
        CompletionQueue cq = device.createCq(8);
        QueuePair qp = bench.createQp(pd, cq);
        qp.connect(Bench.CONNECTION, 1, 1);
        pd.regMr(arena.allocate(9 * 4096, 4096), Access.LOCAL_WRITE);
        bench.commands.forget();

        device.close();
        device.close();

        assertThat(seen).containsExactly(new AsyncEvent.OfDevice(AsyncEventType.DEVICE_FATAL));
        assertThat(bench.commands.opcodes()).containsExactly(
                CommandOpcode.MODIFY_QP, CommandOpcode.DESTROY_QP, CommandOpcode.DESTROY_CQ, CommandOpcode.DEREG_MR);
        assertThat(ModifyQp.state(bench.commands.last(CommandOpcode.MODIFY_QP), 0))
                .isEqualTo(IwarpQpState.ERROR.number());
        assertThat(bench.records.inUse()).isZero();
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        DeviceSnapshot left = device.snapshot();
        assertThat(left.queuePairs()).isEmpty();
        assertThat(left.completionQueues()).isEmpty();
        assertThat(left.memoryRegions()).isEmpty();
        assertThat(left.protectionDomains()).isEmpty();
    }

    @Test
    void close_withADeadDevice_leavesNothingEither() {
        ProtectionDomain pd = device.allocPd();
        bench.createQp(pd, device.createCq(8)).connect(Bench.CONNECTION, 1, 1);
        pd.allocMr(5);
        for (CommandOpcode opcode : CommandOpcode.values()) {
            bench.commands.fail(opcode, Errno.ENODEV);
        }

        device.close();

        assertThat(bench.records.inUse()).isZero();
    }

    @Test
    void afterClose_objectsAreDead_andTheirOwnersMayStillCloseThem() {
        ProtectionDomain pd = device.allocPd();
        CompletionQueue cq = device.createCq(8);
        QueuePair qp = bench.createQp(pd, cq);
        MemoryRegion mr = pd.regMr(arena.allocate(4096, 4096));

        device.close();
        bench.commands.forget();

        assertThat(qp.postSend(new SendRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(cq.poll(1, WorkCompletion.array(1))).isZero();
        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        qp.close();
        cq.close();
        mr.close();
        pd.close();
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    @Test
    void afterClose_newUsersAreRefused() {
        ProtectionDomain pd = device.allocPd();
        device.close();

        assertRefused(Errno.ENODEV, device::allocPd);
        assertRefused(Errno.ENODEV, () -> device.createCq(4));
        assertRefused(Errno.ENODEV, device::createCompletionChannel);
        assertRefused(Errno.ENODEV, () -> device.stats(1));
        assertRefused(Errno.ENODEV, () -> pd.regMr(arena.allocate(4096)));
        assertRefused(Errno.ENODEV, pd::getDmaMr);
        assertRefused(Errno.ENODEV, () -> pd.allocMr(1));
        assertRefused(Errno.ENODEV, () -> pd.createQp(QpInitAttributes.builder().build()));
    }

    @Test
    void close_whileAnObjectIsMade_refusesIt_andLeavesNothing() {
        ProtectionDomain pd = device.allocPd();
        CompletionQueue cq = device.createCq(4);
        bench.commands.on(CommandOpcode.CREATE_QP, _ -> device.close());

        assertRefused(Errno.ENODEV, () -> bench.createQp(pd, cq));

        assertThat(bench.commands.opcodes()).contains(CommandOpcode.DESTROY_QP);
        assertThat(bench.records.inUse()).isZero();
    }

    @Test
    void close_whileACqOrAnMrIsMade_refusesIt_andLeavesNothing() {
        bench.commands.on(CommandOpcode.CREATE_CQ, _ -> device.close());
        assertRefused(Errno.ENODEV, () -> device.createCq(4));
        assertThat(bench.commands.opcodes()).contains(CommandOpcode.DESTROY_CQ);

        try (Bench other = new Bench()) {
            ProtectionDomain pd = other.device.allocPd();
            other.commands.on(CommandOpcode.REG_MR, _ -> other.device.close());
            assertRefused(Errno.ENODEV, () -> pd.allocMr(4));
            assertThat(other.commands.opcodes()).contains(CommandOpcode.DEREG_MR);
        }
    }

    @Test
    void close_fromASubscribersHandler_thatClosesItsObjects_works() {
        ProtectionDomain pd = device.allocPd();
        CompletionQueue cq = device.createCq(4);
        QueuePair qp = bench.createQp(pd, cq);
        device.subscribe(_ -> {
            qp.close();
            cq.close();
            pd.close();
            device.close();
        });

        device.close();

        assertThat(bench.commands.all(CommandOpcode.DESTROY_QP)).hasSize(1);
    }

    @Test
    void afterClose_eventsAreDropped() {
        List<AsyncEvent> seen = new ArrayList<>();
        CompletionQueue cq = device.createCq(CqInitAttributes.of(4).eventHandler(seen::add).build());
        device.close();

        bench.router.cqEvent(cq.cqn());
        bench.router.qpEvent(1, 0);
        bench.router.completion(cq.cqn());

        assertThat(seen).isEmpty();
    }

    @Test
    void singleThreadedObjects_keepTheirMemory_untilTheirOwnerClosesThem() {
        ProtectionDomain pd = device.allocPd();
        CompletionQueue cq = device.createCq(CqInitAttributes.of(4).singleThreaded().build());
        QueuePair qp = pd.createQp(QpInitAttributes.of(cq).capabilities(Bench.SIZES).singleThreaded().build());

        device.close();

        assertThat(qp.postSend(new SendRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(cq.poll(1, WorkCompletion.array(1))).isZero();
        assertThat(bench.records.inUse()).isEqualTo(3);
        qp.close();
        cq.close();
    }
}
