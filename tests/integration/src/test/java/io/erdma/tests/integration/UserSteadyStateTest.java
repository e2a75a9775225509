package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;
import io.erdma.provider.Context;
import java.lang.management.ManagementFactory;
import java.util.function.IntSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inline, the posting thread runs provider and model: what it allocates is what both allocate. Nothing, in steady state. */
class UserSteadyStateTest {
    private static final int WARM_UP = 50_000;
    private static final int MESSAGES = 50_000;

    private final WorkCompletion[] completions = WorkCompletion.array(4);

    private static CardSpec card() {
        FunctionSpec function = UserVerbsTest.EXTENDED;
        return CardSpec.builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").functions(function).build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").functions(function).build())
                .build();
    }

    private static UserEnd end(Host host, boolean singleThreaded) {
        Context context = host.openDevice("erdma0");
        return UserEnd.of(context, cq -> singleThreaded ? cq.singleThreaded() : cq,
                qp -> singleThreaded ? qp.singleThreaded() : qp);
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void sends_writes_reads_andAtomics_allocateNothing(boolean singleThreaded) {
        try (Tenants tenants = Tenants.on(card())) {
            UserEnd alice = end(tenants.host("alice"), singleThreaded);
            UserEnd bob = end(tenants.host("bob"), singleThreaded);
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), alice, tenants.host("bob"), bob);
            ReceiveRequest receive = bob.mr.setTo(new ReceiveRequest(), 1, 0, 64);
            SendRequest send = alice.mr.addTo(new SendRequest(), 0, 64);
            send.flags = SendFlag.SIGNALED;
            SendRequest write = tagged(WrOpcode.RDMA_WRITE, alice, bob);
            write.flags = 0;
            SendRequest read = tagged(WrOpcode.RDMA_READ, alice, bob);
            SendRequest add = tagged(WrOpcode.ATOMIC_FETCH_AND_ADD, alice, bob);
            send.next = write;
            write.next = read;
            read.next = add;

            assertSteady(() -> {
                bob.qp.postRecv(receive);
                alice.qp.postSend(send);
                return alice.cq.poll(completions) + bob.cq.poll(completions);
            });

            link.close();
            alice.close();
            bob.close();
        }
    }

    private static SendRequest tagged(WrOpcode opcode, UserEnd from, UserEnd to) {
        SendRequest request = from.mr.addTo(new SendRequest(), 0, 8);
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = to.address(0);
        request.remoteKey = to.mr.rkey();
        return request;
    }

    private static void assertSteady(IntSupplier round) {
        run(round, WARM_UP);
        long before = allocatedBytes();
        run(round, MESSAGES);
        long allocated = allocatedBytes() - before;
        assertThat((double) allocated / MESSAGES).as("bytes a round").isLessThan(1);
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static void run(IntSupplier round, int rounds) {
        for (int n = 0; n < rounds; n++) {
            if (round.getAsInt() != 4) {
                throw new AssertionError("round " + n + " did not complete");
            }
        }
    }
}
