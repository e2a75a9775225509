package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Inline, the posting thread runs driver and model: what it allocates is what both allocate. Nothing, in steady state. */
class SteadyStateTest {
    private static final int WARM_UP = 50_000;
    private static final int MESSAGES = 100_000;

    private final WorkCompletion[] completions = WorkCompletion.array(4);

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static Pair alone(Tenants tenants) {
        return Pair.connected(
                Side.of(tenants.device("alice"), cq -> cq.singleThreaded(), qp -> qp.singleThreaded()),
                Side.of(tenants.device("bob"), cq -> cq.singleThreaded(), qp -> qp.singleThreaded()));
    }

    @Test
    void send_allocatesNothing() {
        try (Tenants tenants = Tenants.on(Mode.INLINE.fast()); Pair pair = alone(tenants)) {
            ReceiveRequest receive = new ReceiveRequest()
                    .set(1, pair.right().address(0), 64, pair.right().mr.lkey());
            SendRequest send = new SendRequest().addSge(pair.left().address(0), 64, pair.left().mr.lkey());
            send.flags = SendFlag.SIGNALED;
            assertSteady(() -> {
                pair.right().qp.postRecv(receive);
                pair.left().qp.postSend(send);
                return pair.left().cq.poll(4, completions) + pair.right().cq.poll(4, completions);
            }, 2);
        }
    }

    @Test
    void write_read_andAtomics_allocateNothing() {
        try (Tenants tenants = Tenants.on(Mode.INLINE.fast()); Pair pair = alone(tenants)) {
            SendRequest write = tagged(pair, WrOpcode.RDMA_WRITE);
            SendRequest read = tagged(pair, WrOpcode.RDMA_READ);
            SendRequest add = tagged(pair, WrOpcode.ATOMIC_FETCH_AND_ADD);
            write.next = read;
            read.next = add;
            assertSteady(() -> {
                pair.left().qp.postSend(write);
                return pair.left().cq.poll(4, completions);
            }, 3);
        }
    }

    private static SendRequest tagged(Pair pair, WrOpcode opcode) {
        SendRequest request = new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = pair.right().address(0);
        request.remoteKey = pair.right().mr.rkey();
        return request;
    }

    private interface Round {
        int completions();
    }

    private static void assertSteady(Round round, int completionsEach) {
        run(round, completionsEach, WARM_UP);
        long before = allocatedBytes();
        run(round, completionsEach, MESSAGES);
        long allocated = allocatedBytes() - before;
        assertThat((double) allocated / MESSAGES).as("bytes a message").isLessThan(1);
    }

    private static void run(Round round, int completionsEach, int rounds) {
        for (int n = 0; n < rounds; n++) {
            if (round.completions() != completionsEach) {
                throw new AssertionError("round " + n + " did not complete");
            }
        }
    }
}
