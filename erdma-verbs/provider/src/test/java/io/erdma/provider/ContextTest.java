package io.erdma.provider;

import static io.erdma.provider.Rig.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.AccessRights;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.RegMr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContextTest {
    private final Rig rig = new Rig();
    private final Context context = rig.open();

    @AfterEach
    void nothingIsLeft() {
        context.close();
        rig.assertNothingLeft();
    }

    @Test
    void open_knowsTheDevice() {
        assertThat(context.deviceName()).isEqualTo("erdma_0");
        assertThat(context).hasToString("context on erdma_0");
        assertThat(context.attributes()).isEqualTo(rig.device.attributes().withoutLocalDmaLkey());
        assertThat(context.portAttributes(1)).isEqualTo(rig.device.portAttributes(1));
        assertThat(context.gid(1, 0)).isEqualTo(rig.device.gid(1, 0));
        assertRefused(Errno.EINVAL, () -> context.portAttributes(0));
        assertRefused(Errno.EINVAL, () -> context.gid(1, 1));
    }

    @Test
    void open_byAProcessThatHasExited_isEsrch() {
        UserProcess gone = new UserProcess("gone", false, rig.hardware.ledger());
        gone.close();

        assertRefused(Errno.ESRCH, () -> Context.open(rig.device, gone));
    }

    @Test
    void pds_areBusyWhileTheyAreUsed_andCloseIsIdempotent() {
        ProtectionDomain pd = context.allocPd();
        MemoryRegion mr = pd.regMr(rig.arena.allocate(64));
        assertRefused(Errno.EBUSY, pd::close);

        mr.close();
        mr.close();
        pd.close();
        pd.close();

        assertRefused(Errno.ENOENT, () -> pd.regMr(rig.arena.allocate(64)));
        assertThat(rig.commands).filteredOn(CommandOpcode.DEREG_MR::equals).hasSize(1);
    }

    @Test
    void regMr_takesSegmentsAndDirectBuffers() {
        ProtectionDomain pd = context.allocPd();
        MemorySegment memory = rig.arena.allocate(8192, 4096);
        ByteBuffer buffer = ByteBuffer.allocateDirect(1000).position(100).limit(300);

        MemoryRegion ofSegment = pd.regMr(memory, Access.LOCAL_WRITE, Access.REMOTE_READ);
        MemoryRegion moved = pd.regMr(memory, 0x10000, Access.LOCAL_WRITE);
        MemoryRegion ofBuffer = pd.regMr(buffer, Access.LOCAL_WRITE);

        assertThat(ofSegment.address()).isEqualTo(memory.address());
        assertThat(ofSegment.length()).isEqualTo(8192);
        assertThat(ofSegment.access()).containsExactlyInAnyOrder(Access.LOCAL_WRITE, Access.REMOTE_READ);
        assertThat(ofSegment.rkey()).isEqualTo(ofSegment.lkey());
        assertThat(ofSegment.pd()).isSameAs(pd);
        assertThat(ofSegment.memory()).isEqualTo(memory);
        assertThat(moved.address()).isEqualTo(0x10000);
        assertThat(ofBuffer.length()).isEqualTo(200);
        assertThat(ofBuffer.address()).isEqualTo(MemorySegment.ofBuffer(buffer).address());
        SendRequest send = ofSegment.addTo(new SendRequest(), 16, 32);
        assertThat(send.sgeAddress(0)).isEqualTo(memory.address() + 16);
        assertThat(send.sgeLength(0)).isEqualTo(32);
        assertThat(send.sgeKey(0)).isEqualTo(ofSegment.lkey());
        ReceiveRequest receive = moved.setTo(new ReceiveRequest(), 7, 8, 24);
        assertThat(receive.wrId).isEqualTo(7);
        assertThat(receive.address).isEqualTo(0x10008);
        assertThat(receive.lkey).isEqualTo(moved.lkey());
    }

    @Test
    void regMr_ofMemoryThatCannotBeRegistered_isEinval() {
        ProtectionDomain pd = context.allocPd();
        MemorySegment memory = rig.arena.allocate(64);
        MemorySegment closed;
        MemorySegment anotherThreads = CompletableFuture.supplyAsync(ContextTest::confined).join();
        try (Arena shortLived = Arena.ofShared()) {
            closed = shortLived.allocate(64);
        }

        assertRefused(Errno.EINVAL, () -> pd.regMr(closed));
        assertRefused(Errno.EINVAL, () -> pd.regMr(anotherThreads));
        assertRefused(Errno.EINVAL, () -> pd.regMr(MemorySegment.ofArray(new long[8])));
        assertRefused(Errno.EINVAL, () -> pd.regMr(memory.asReadOnly(), Access.LOCAL_WRITE));
        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, -32));
        assertRefused(Errno.EINVAL, () -> pd.regMr(ByteBuffer.allocate(64)));
        assertRefused(Errno.EINVAL, () -> pd.regMr(ByteBuffer.allocateDirect(64).asReadOnlyBuffer(),
                Access.LOCAL_WRITE));
        assertRefused(Errno.EINVAL, () -> pd.regMr(ByteBuffer.allocateDirect(64).limit(0)));
        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, memory.address() + 1));
        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, Access.REMOTE_ATOMIC));
        pd.regMr(ByteBuffer.allocateDirect(64).asReadOnlyBuffer(), Access.REMOTE_READ).close();
        assertThat(rig.device.snapshot().memoryRegions()).isEmpty();
    }

    @SuppressWarnings("MustBeClosedChecker") // another thread's, for as long as the test runs
    private static MemorySegment confined() {
        return Arena.ofConfined().allocate(64);
    }

    @Test
    void regMr_withRelaxedOrdering_isOneWithoutIt() {
        ProtectionDomain pd = context.allocPd();

        MemoryRegion mr = pd.regMr(rig.arena.allocate(64), Access.LOCAL_WRITE, Access.RELAXED_ORDERING);

        assertThat(mr.access()).containsExactly(Access.LOCAL_WRITE);
        assertThat(RegMr.rights(rig.last(CommandOpcode.REG_MR), 0))
                .isEqualTo(AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE);
    }

    @Test
    void regMr_takesBitsToo_andShowsOnlyThoseThatCount() {
        ProtectionDomain pd = context.allocPd();
        MemorySegment memory = rig.arena.allocate(64);

        MemoryRegion mr = pd.regMr(memory, memory.address(), Access.OPTIONAL | Access.LOCAL_WRITE.bit());

        assertThat(mr.access()).containsExactly(Access.LOCAL_WRITE);
        assertRefused(Errno.EOPNOTSUPP, () -> pd.regMr(memory, memory.address(), Access.ON_DEMAND));
        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, memory.address(), 1 << 4));
    }

    @Test
    void asyncEvents_nameTheProgramsObjects() throws InterruptedException {
        CompletionQueue cq = context.createCq(1);
        QueuePair qp = context.allocPd().createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build());
        assertThat(context.pollAsyncEvent()).isEmpty();

        rig.router.qpEvent(qp.qpn(), 0);
        rig.router.cqEvent(cq.cqn());
        rig.device.portChanged(true);

        assertThat(context.getAsyncEvent()).isEqualTo(new AsyncEvent.OfQueuePair(AsyncEventType.QP_FATAL, qp));
        assertThat(context.pollAsyncEvent())
                .contains(new AsyncEvent.OfCompletionQueue(AsyncEventType.CQ_ERR, cq));
        assertThat(context.getAsyncEvent()).isEqualTo(new AsyncEvent.OfPort(AsyncEventType.PORT_ACTIVE, 1));
    }

    @Test
    void asyncEvents_ofObjectsThatAreGone_areSkipped() throws InterruptedException {
        CompletionQueue cq = context.createCq(1);
        rig.router.cqEvent(cq.cqn());
        cq.close();

        assertThat(context.pollAsyncEvent()).isEmpty();
        rig.device.close();
        assertThat(context.getAsyncEvent()).isEqualTo(new AsyncEvent.OfDevice(AsyncEventType.DEVICE_FATAL));
        assertRefused(Errno.EIO, context::getAsyncEvent);
    }

    @Test
    void close_wakesWhoWaits() {
        CompletableFuture<Errno> waiter = CompletableFuture.supplyAsync(() -> {
            try {
                context.getAsyncEvent();
                return Errno.EINVAL;
            } catch (ErrnoException e) {
                return e.errno();
            } catch (InterruptedException e) {
                return Errno.ECANCELED;
            }
        });

        context.close();

        assertThat(waiter.join()).isEqualTo(Errno.EIO);
    }

    @Test
    void close_takesEverythingAway_andObjectsAreDead_andMayStillBeClosed() {
        ProtectionDomain pd = context.allocPd();
        CompletionChannel channel = context.createCompletionChannel();
        CompletionQueue cq = context.createCq(CqInitAttributes.of(64).channel(channel).build());
        QueuePair qp = pd.createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build());
        MemoryRegion mr = pd.regMr(rig.arena.allocate(64));

        context.close();

        assertThat(rig.process.memoryBytes()).isZero();
        assertThat(qp.postSend(new SendRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(cq.poll(WorkCompletion.array(1))).isZero();
        assertRefused(Errno.EBADF, context::allocPd);
        assertRefused(Errno.EBADF, () -> context.createCq(1));
        assertRefused(Errno.EBADF, qp::query);
        assertRefused(Errno.EBADF, channel::pollEvent);
        mr.close();
        qp.close();
        cq.close();
        channel.close();
        pd.close();
    }

    @Test
    void close_whileAQueueIsMade_leavesNothing() {
        ProtectionDomain pd = context.allocPd();
        CompletionQueue cq = context.createCq(1);
        rig.onCreate(context::close);

        assertRefused(Errno.EBADF, () -> pd.createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build()));

        Context other = rig.open();
        rig.onCreate(other::close);
        assertRefused(Errno.EBADF, () -> other.createCq(1));
        assertThat(rig.process.memoryBytes()).isZero();
    }

    @Test
    void exitOfTheProcess_leavesNothing_andObjectsAreDead() {
        ProtectionDomain pd = context.allocPd();
        CompletionQueue cq = context.createCq(64);
        QueuePair qp = pd.createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).singleThreaded().build());

        rig.process.close();

        assertThat(rig.device.snapshot().contexts()).isEmpty();
        assertThat(rig.device.snapshot().queuePairs()).isEmpty();
        assertThat(qp.postSend(new SendRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(cq.poll(WorkCompletion.array(1))).isZero();
        assertRefused(Errno.EBADF, context::allocPd);
    }

    @Test
    void removalOfTheDevice_isEnodev_andWhatIsLeftCanBeClosed() {
        ProtectionDomain pd = context.allocPd();
        CompletionQueue cq = context.createCq(64);
        QueuePair qp = pd.createQp(QpInitAttributes.of(cq).capabilities(Rig.SIZES).build());
        rig.hardware.forgetWrites();

        rig.device.close();
        qp.postSend(new SendRequest());

        assertThat(rig.hardware.writes()).as("doorbells").isEmpty();
        assertRefused(Errno.ENODEV, context::allocPd);
        assertRefused(Errno.ENODEV, qp::query);
        qp.close();
        cq.close();
        pd.close();
        assertThat(rig.process.memoryBytes()).isZero();
    }
}
