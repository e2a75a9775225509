package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Memory;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.verbs.UserContext;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Memory regions: unit/mr_test.cc. */
class MrRowsTest {
    private static final int LENGTH = 1024;
    /** How many requests must have worked before the region goes. */
    private static final int SUCCESSES = 20;

    @Row(value = "MrTest.RegisterMemory", asserts = STATE)
    void anMr_saysWhatItIs(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        MemorySegment memory = lab.memory(3 * LENGTH).slice(LENGTH, LENGTH);

        VerbsMr mr = pd.regMr(memory, Access.LOCAL_WRITE, Access.REMOTE_READ, Access.RELAXED_ORDERING);
        VerbsMr elsewhere = pd.regMr(memory, memory.address() + (1L << 30), Access.REMOTE_READ);

        assertThat(mr.address()).isEqualTo(memory.address());
        assertThat(mr.length()).isEqualTo(LENGTH);
        assertThat(mr.access()).containsExactlyInAnyOrder(Access.LOCAL_WRITE, Access.REMOTE_READ);
        assertThat(elsewhere.address()).isEqualTo(memory.address() + (1L << 30));
        assertThat(elsewhere.lkey()).isNotEqualTo(mr.lkey());
        assertThat(AliceDevice.objects(lab).memoryRegions()).hasSize(2);
        mr.close();
        elsewhere.close();
        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
    }

    @Row(value = "MrTest.DeregInvalidMr", asserts = { ERRNO, STATE })
    void anMrThatIsGone_isNotDeregisteredTwice(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        Memory memory = lab.memory(LENGTH);
        VerbsMr gone = pd.regMr(memory.segment(), Access.LOCAL_WRITE);
        gone.close();
        VerbsMr other = pd.regMr(memory.segment(), Access.LOCAL_WRITE);
        gone.close();
        assertThat(AliceDevice.objects(lab).memoryRegions()).hasSize(1);
        other.close();

        UserContext handles = AliceDevice.handles(lab);
        int mr = handles.regMr(handles.allocPd(), memory.segment(), memory.address(0), 0).handle();
        Refused.with(Errno.ENOENT, () -> handles.deregMr(mr + 1));
        handles.deregMr(mr);
        Refused.with(Errno.ENOENT, () -> handles.deregMr(mr));
    }

    private static void assertNeedsLocalWrite(Lab lab, Access right) {
        VerbsPd pd = lab.open().allocPd();
        MemorySegment memory = lab.memory(LENGTH).segment();

        Refused.with(Errno.EINVAL, () -> pd.regMr(memory, right));

        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
        pd.regMr(memory, right, Access.LOCAL_WRITE).close();
    }

    @Row(value = "MrTest.RemoteWriteWithoutLocalWrite", asserts = { ERRNO, STATE })
    void remoteWrite_needsLocalWrite(Lab lab) {
        assertNeedsLocalWrite(lab, Access.REMOTE_WRITE);
    }

    @Row(value = "MrTest.RemoteAtomicWithoutLocalWrite", asserts = { ERRNO, STATE })
    void remoteAtomic_needsLocalWrite(Lab lab) {
        assertNeedsLocalWrite(lab, Access.REMOTE_ATOMIC);
    }

    private static SendRequest using(VerbsMr own, WrOpcode opcode, Pair pair) {
        SendRequest request = new SendRequest().addSge(own.address(), LENGTH, own.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = pair.right().memory.address(0);
        request.remoteKey = pair.right().mr.rkey();
        return request;
    }

    /** Posts one request after the other in a thread of its own until one fails, and tells how many worked before. */
    private static final class Traffic {
        private final AtomicInteger worked = new AtomicInteger();
        private final Thread thread;
        private volatile WcStatus end = WcStatus.SUCCESS;

        Traffic(Supplier<WcStatus> request) {
            thread = Thread.ofPlatform().start(() -> {
                WcStatus status = request.get();
                while (status == WcStatus.SUCCESS) {
                    worked.incrementAndGet();
                    status = request.get();
                }
                end = status;
            });
        }

        /** Takes a region away once there was traffic, and waits until it is noticed. */
        void take(VerbsMr away) throws InterruptedException {
            Await.until("requests work", () -> worked.get() >= SUCCESSES);
            away.close();
        }

        WcStatus end() throws InterruptedException {
            thread.join();
            return end;
        }
    }

    private static void assertStopsAtTheRequester(Lab lab, WrOpcode opcode) throws InterruptedException {
        Pair pair = lab.pair();
        End left = pair.left();
        pair.right().memory.fill(0, LENGTH, 2);
        Memory own = lab.memory(LENGTH);
        VerbsMr region = left.pd.regMr(own.segment(), Access.LOCAL_WRITE);
        Traffic traffic = new Traffic(() -> {
            left.post(using(region, opcode, pair));
            return left.await().status;
        });

        traffic.take(region);
        own.fill(0, LENGTH, 9);
        byte[] afterwards = own.bytes();

        assertThat(traffic.end()).isEqualTo(WcStatus.LOC_ACCESS_ERR);
        assertThat(own.bytes()).isEqualTo(afterwards);
        left.assertEnded();
    }

    @Row(value = "MrLoopbackTest.OutstandingRead", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRegion_thatGoesUnderReads_isNotWrittenAnyMore(Lab lab) throws InterruptedException {
        assertStopsAtTheRequester(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "MrLoopbackTest.OutstandingWrite", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRegion_thatGoesUnderWrites_isNotReadAnyMore(Lab lab) throws InterruptedException {
        assertStopsAtTheRequester(lab, WrOpcode.RDMA_WRITE);
    }

    @Row(value = "MrLoopbackTest.OutstandingRecv", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRegion_thatGoesUnderReceives_isNotWrittenAnyMore(Lab lab) throws InterruptedException {
        Pair pair = lab.pair();
        End left = pair.left();
        End right = pair.right();
        left.memory.fill(0, LENGTH, 1);
        Memory own = lab.memory(LENGTH);
        VerbsMr region = right.pd.regMr(own.segment(), Access.LOCAL_WRITE);
        WorkCompletion[] received = WorkCompletion.array(1);
        Traffic traffic = new Traffic(() -> {
            right.post(new ReceiveRequest().set(1, region.address(), LENGTH, region.lkey()));
            left.post(left.send(0, LENGTH));
            left.await();
            Await.until("the receive completes", () -> right.cq.poll(1, received) != 0);
            return received[0].status;
        });

        traffic.take(region);
        own.fill(0, LENGTH, 9);
        byte[] afterwards = own.bytes();

        assertThat(traffic.end()).isEqualTo(WcStatus.REM_ACCESS_ERR);
        assertThat(own.bytes()).isEqualTo(afterwards);
        pair.assertEnded();
    }
}
