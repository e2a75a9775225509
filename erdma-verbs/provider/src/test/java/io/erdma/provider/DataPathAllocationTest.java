package io.erdma.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Polls and refused posts allocate nothing. Posts that ring go through the rig's registers, which allocate: the integration tests count those. */
class DataPathAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int COUNTED = 1_000;
    /** The least of them counts: the JVM may allocate by itself in one, as when it throws compiled code away, but not in each. */
    private static final int ROUNDS = 3;
    private static final int DEPTH = 4096;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void pollOfCompletions_emptyPolls_andRefusedPosts_allocateNothing(boolean singleThreaded) {
        try (Rig rig = new Rig(InProcessOptions.FAST); Context context = rig.open()) {
            CqInitAttributes.Builder cqAttributes = CqInitAttributes.of(DEPTH);
            CompletionQueue cq = context.createCq(
                    (singleThreaded ? cqAttributes.singleThreaded() : cqAttributes).build());
            QpInitAttributes.Builder qpAttributes = QpInitAttributes.of(cq)
                    .capabilities(new QpCapabilities(1, DEPTH, 1, 1, 0));
            QueuePair qp = context.allocPd().createQp(
                    (singleThreaded ? qpAttributes.singleThreaded() : qpAttributes).build());
            for (int i = 0; i < DEPTH; i++) {
                assertThat(PostResult.isOk(qp.postRecv(new ReceiveRequest().setEmpty(i)))).isTrue();
                rig.complete(i, qp.qpn(), Cqe.QUEUE_RQ, CqeOpcode.RECV, 0, i);
            }
            WorkCompletion[] completions = WorkCompletion.array(1);
            for (int i = 0; i < WARM_UP; i++) {
                qp.postSend(null);
                cq.poll(0, completions);
            }

            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                allocated = Math.min(allocated, allocatedByOneRound(cq, qp, completions));
            }

            assertThat(allocated).isLessThan(COUNTED);
        }
    }

    private long allocatedByOneRound(CompletionQueue cq, QueuePair qp, WorkCompletion[] completions) {
        long before = threads.getCurrentThreadAllocatedBytes();
        int taken = 0;
        for (int i = 0; i < COUNTED; i++) {
            taken += cq.poll(1, completions);
            qp.postSend(null);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(taken).isEqualTo(COUNTED);
        return allocated;
    }
}
