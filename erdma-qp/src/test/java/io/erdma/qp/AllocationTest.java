package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.core.errno.Errno;
import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The data path allocates nothing. The JVM counts exactly; what it allocates itself, linking a method for the first time, is not in every attempt, and
 * what a round allocates is.
 */
class AllocationTest {
    private static final int ATTEMPTS = 10;
    private static final int ROUNDS = 500;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final WorkCompletion completion = new WorkCompletion();

    private interface Round {
        void run();
    }

    private void assertAllocatesNothing(Round round) {
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                round.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "USER" })
    void postSend_andItsCompletion_allocateNothing_alsoWhenRefused(RingOption option) {
        SendQueue queue = SendQueue.ofDepth(32, option);
        queue.doorbell.forgetAll();
        MemorySegment data = Arena.ofAuto().allocate(96);
        SendRequest inline = new SendRequest().addInline(data, 0, 8);
        SendRequest pieces = new SendRequest().addInline(data, 0, 5).addInline(data, 5, 90);
        SendRequest list = SendQueue.request(4, 3);
        SendRequest read = new SendRequest().addSge(1, 2, 3);
        read.opcode = WrOpcode.RDMA_READ;
        SendRequest atomic = new SendRequest().addSge(1, 8, 3);
        atomic.opcode = WrOpcode.ATOMIC_FETCH_AND_ADD;
        SendRequest bad = new SendRequest();
        bad.opcode = WrOpcode.RDMA_READ;
        SendRequest chain = SendQueue.chain(inline, pieces, list, read, atomic, bad);
        long expected = PostResult.refused(Errno.EINVAL, 5);

        assertThat(queue.ring.postSend(chain)).isEqualTo(expected);
        assertAllocatesNothing(() -> {
            queue.ring.completed(queue.ring.producerIndex() - 2, completion);
            if (queue.ring.postSend(chain) != expected) {
                throw new AssertionError("not as expected");
            }
        });
    }

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "USER" })
    void postRecv_andItsCompletion_allocateNothing_alsoOnAFullRing(RingOption option) {
        MemorySegment record = Arena.ofAuto().allocate(8, 8);
        FakeDoorbell doorbell = new FakeDoorbell(record);
        doorbell.forgetAll();
        ReceiveRing ring = new ReceiveRing(1, Arena.ofAuto().allocate(2 * 32, 8), record, doorbell, Set.of(option));
        ReceiveRequest chain = new ReceiveRequest().set(1, 2, 3, 4);
        chain.next = new ReceiveRequest().setEmpty(5);
        chain.next.next = new ReceiveRequest().setEmpty(6);

        assertAllocatesNothing(() -> {
            if (ring.postRecv(chain) != PostResult.refused(Errno.ENOMEM, 2)) {
                throw new AssertionError("not as expected");
            }
            ring.completed(ring.producerIndex() - 1, completion);
        });
    }
}
