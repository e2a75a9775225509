package io.erdma.cq;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.SqOpcode;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The data path allocates nothing. The JVM counts exactly; what it allocates itself, linking a method for the first time, is not in every attempt, and
 * what a round allocates is.
 */
class AllocationTest {
    private static final int ATTEMPTS = 10;
    private static final int ROUNDS = 500;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void pollArmAndEvents_allocateNothing_alsoOfErrorsAndUnknownQps(boolean singleThreaded) {
        DeviceSide device = new DeviceSide(8);
        device.doorbell.forgetAll();
        CompletionRing ring = new CompletionRing(1, device.memory, device.record, device.doorbell,
                qpn -> qpn == 1 ? FakeQp.UD : CompletionTarget.NONE, singleThreaded);
        WorkCompletion[] into = WorkCompletion.array(8);
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                round(device, ring, into);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(least).isZero();
    }

    private static void round(DeviceSide device, CompletionRing ring, WorkCompletion[] into) {
        device.complete(1, Cqe.QUEUE_SQ, SqOpcode.WRITE, 0, 1, 2);
        device.complete(1, Cqe.QUEUE_RQ, CqeOpcode.RECV_IMM, 0, 1, 2);
        device.complete(1, Cqe.QUEUE_SQ, SqOpcode.READ, 10, 1, 2);
        device.complete(2, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, 1, 2);
        device.complete(1, Cqe.QUEUE_RQ, 200, 0, 1, 2);
        if (ring.poll(8, into) != 4 || ring.poll(8, into) != 0) {
            throw new AssertionError("not as expected");
        }
        ring.eventTaken();
        ring.arm(NotifyKind.SOLICITED);
    }
}
