package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqeHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several threads post to one ring; the device is whoever writes the doorbell, and completes at once. */
class SharedRingTest {
    private static final int THREADS = 3;
    private static final int POSTS = 20_000;

    @Test
    void postSend_fromSeveralThreads_losesAndDoublesNothing_andRingsInOrder() throws Exception {
        SendQueue queue = SendQueue.ofDepth(64);
        BitSet seen = new BitSet();
        int[] taken = new int[1];
        WorkCompletion completion = new WorkCompletion();
        queue.doorbell.forgetAll();
        queue.doorbell.onRing(value -> { // one at a time, as the ring promises
            int index = SqDoorbell.producerIndex(value);
            assertThat((index - taken[0]) & 0xFFFF).isBetween(1, 64);
            while (taken[0] != index) {
                long header = SqeHeader.load(queue.memory, SqeHeader.byteOffset(taken[0], 0, 64));
                assertThat(queue.ring.completed(taken[0], completion)).isTrue();
                assertThat(seen.get((int) completion.wrId)).isFalse();
                seen.set((int) completion.wrId);
                taken[0] = SqeHeader.producerIndex(header);
            }
        });

        onThreads(thread -> {
            for (int i = 0; i < POSTS; i++) {
                SendRequest request = SendQueue.request(1 + i % 4, (long) thread * POSTS + i);
                while (!PostResult.isOk(queue.ring.postSend(request))) {
                    Thread.onSpinWait();
                }
            }
        });

        assertThat(seen.cardinality()).isEqualTo(THREADS * POSTS);
    }

    @Test
    void postRecv_fromSeveralThreads_losesAndDoublesNothing_andRingsEachEntryInOrder() throws Exception {
        Arena arena = Arena.ofAuto();
        MemorySegment memory = arena.allocate(16 * Rqe.BYTES, 8);
        MemorySegment record = arena.allocate(8, 8);
        FakeDoorbell doorbell = new FakeDoorbell(record);
        ReceiveRing ring = new ReceiveRing(1, memory, record, doorbell, Set.of());
        BitSet seen = new BitSet();
        int[] taken = new int[1];
        WorkCompletion completion = new WorkCompletion();
        doorbell.forgetAll();
        doorbell.onRing(value -> {
            assertThat(RqDoorbell.producerIndex(value)).isEqualTo((taken[0] + 1) & 0xFFFF);
            assertThat(ring.completed(taken[0], completion)).isTrue();
            taken[0] = (taken[0] + 1) & 0xFFFF;
            assertThat(seen.get((int) completion.wrId)).isFalse();
            seen.set((int) completion.wrId);
        });

        onThreads(thread -> {
            for (int i = 0; i < POSTS; i++) {
                ReceiveRequest request = new ReceiveRequest().setEmpty((long) thread * POSTS + i);
                while (!PostResult.isOk(ring.postRecv(request))) {
                    Thread.onSpinWait();
                }
            }
        });

        assertThat(seen.cardinality()).isEqualTo(THREADS * POSTS);
    }

    private interface Poster {
        void post(int thread);
    }

    private static void onThreads(Poster poster) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Void>> tasks = IntStream.range(0, THREADS).mapToObj(thread -> (Callable<Void>) () -> {
                poster.post(thread);
                return null;
            }).toList();
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
    }
}
