package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Rqe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiveRingTest {
    private static final int QPN = 0x54321;

    private final WorkCompletion completion = new WorkCompletion();

    private static final class Queue {
        final MemorySegment memory;
        final FakeDoorbell doorbell;
        final ReceiveRing ring;

        Queue(int depth, RingOption... options) {
            Arena arena = Arena.ofAuto();
            memory = arena.allocate((long) depth * Rqe.BYTES, 8);
            memory.fill((byte) 0x5A);
            MemorySegment record = arena.allocate(8, 8);
            doorbell = new FakeDoorbell(record);
            ring = new ReceiveRing(QPN, memory, record, doorbell, Set.of(options));
        }
    }

    private static ReceiveRequest request(long wrId) {
        return new ReceiveRequest().set(wrId, 0x1234_5678_9ABC_DEF0L, 0xFFFF_FFF0, 0xCAFE0001);
    }

    private static ReceiveRequest chain(ReceiveRequest... requests) {
        for (int i = 1; i < requests.length; i++) {
            requests[i - 1].next = requests[i];
        }
        return requests[0];
    }

    @Test
    void postRecv_isReadBackByTheDevice() {
        Queue queue = new Queue(4);

        assertThat(queue.ring.postRecv(chain(request(1), new ReceiveRequest().setEmpty(2))))
                .isEqualTo(PostResult.ok(2));

        long first = Rqe.load(queue.memory, 0);
        assertThat(Rqe.qpn(first)).isEqualTo(QPN);
        assertThat(Rqe.producerIndex(first)).isEqualTo(1);
        assertThat(Rqe.address(queue.memory, 0)).isEqualTo(0x1234_5678_9ABC_DEF0L);
        assertThat(Rqe.length(queue.memory, 0)).isEqualTo(0xFFFF_FFF0L);
        assertThat(Rqe.stag(queue.memory, 0)).isEqualTo(0xCAFE0001);
        assertThat(Rqe.producerIndex(Rqe.load(queue.memory, Rqe.BYTES))).isEqualTo(2);
        assertThat(Rqe.length(queue.memory, Rqe.BYTES)).isZero();
    }

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "USER" })
    void postRecv_ringsOnceForEachEntry_withItsFirstEightBytes_recordFirst(RingOption option) {
        Queue queue = new Queue(4, option);

        queue.ring.postRecv(chain(request(1), request(2), request(3)));

        List<Long> headers = IntStream.range(0, 3).mapToObj(i -> Rqe.load(queue.memory, (long) i * Rqe.BYTES)).toList();
        assertThat(queue.doorbell.rung()).isEqualTo(headers);
        assertThat(queue.doorbell.recordsThen()).isEqualTo(headers);
    }

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "USER" })
    void postRecv_fromWithinADoorbellWrite_isRungToo_inOrder(RingOption option) {
        Queue queue = new Queue(8, option);
        queue.doorbell.onRing(value -> {
            if (Rqe.producerIndex(value) == 1) {
                assertThat(queue.ring.postRecv(chain(request(4), request(5)))).isEqualTo(PostResult.ok(2));
            }
        });

        queue.ring.postRecv(chain(request(1), request(2), request(3)));

        assertThat(queue.doorbell.rung().stream().map(Rqe::producerIndex)).containsExactly(1, 2, 3, 4, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 8, 1 << 15 })
    void postRecv_onFullRing_returnsEnomem_andReportsFirstRequestNotTaken(int depth) {
        Queue queue = new Queue(depth);
        for (int i = 0; i < depth - 1; i++) {
            assertThat(queue.ring.postRecv(request(i))).isEqualTo(PostResult.ok(1));
        }
        byte[] firstEntry = entry(queue, 0);

        assertThat(queue.ring.postRecv(chain(request(90), request(91), request(92))))
                .isEqualTo(PostResult.refused(Errno.ENOMEM, 1));
        assertThat(queue.ring.postRecv(request(93))).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));

        assertThat(queue.ring.producerIndex()).isEqualTo(depth);
        if (depth > 1) {
            assertThat(entry(queue, 0)).isEqualTo(firstEntry);
        }
    }

    private static byte[] entry(Queue queue, int slot) {
        return queue.memory.asSlice((long) slot * Rqe.BYTES, Rqe.BYTES).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @ValueSource(ints = { 2, 7, -1 })
    void postRecv_ofMoreThanOneElement_isEinval_andPostsThoseBefore(int sges) {
        Queue queue = new Queue(4);
        ReceiveRequest bad = request(2);
        bad.sgeCount = sges;

        assertThat(queue.ring.postRecv(chain(request(1), bad))).isEqualTo(PostResult.refused(Errno.EINVAL, 1));

        assertThat(queue.doorbell.rung()).hasSize(1);
        assertThat(Rqe.load(queue.memory, Rqe.BYTES)).isEqualTo(0x5A5A5A5A5A5A5A5AL);
    }

    @Test
    void postRecv_ofNothing_succeeds_andRingsNothing() {
        Queue queue = new Queue(4);

        assertThat(queue.ring.postRecv(null)).isEqualTo(PostResult.ok(0));

        assertThat(queue.doorbell.rung()).isEmpty();
    }

    @Test
    void completed_freesItsEntryAndThoseBefore() {
        Queue queue = new Queue(4);
        queue.ring.postRecv(chain(request(1), request(2), request(3), request(4)));

        assertThat(queue.ring.completed(1, completion)).isTrue();

        assertThat(completion.wrId).isEqualTo(2);
        assertThat(queue.ring.snapshot()).isEqualTo(new RingSnapshot(4, 4, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 3, 4, 0x8001, 0xFFFF, -1 })
    void completed_ofAnIndexThatIsNotOutstanding_changesNothing(int garbage) {
        Queue queue = new Queue(4);
        queue.ring.postRecv(chain(request(1), request(2), request(3)));
        queue.ring.completed(0, completion);

        assertThat(queue.ring.completed(garbage, completion)).isFalse();

        assertThat(completion.wrId).isEqualTo(1);
        assertThat(queue.ring.snapshot()).isEqualTo(new RingSnapshot(4, 3, 1));
    }

    @Test
    void aRing_knowsItsQpAndItsSize() {
        ReceiveRing ring = new Queue(4).ring;

        assertThat(ring.qpn()).isEqualTo(QPN);
        assertThat(ring.depth()).isEqualTo(4);
    }

    @Test
    void newRing_ofWrongSizes_isEinval() {
        MemorySegment record = Arena.ofAuto().allocate(8, 8);
        for (long bytes : new long[]{ 0, 16, 96, 65536 * 32 }) {
            MemorySegment memory = Arena.ofAuto().allocate(bytes, 8);
            assertThatThrownBy(() -> new ReceiveRing(QPN, memory, record, new FakeDoorbell(record), Set.of()))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
    }

    @Property(tries = 40)
    @Tag("exhaustive")
    void indices_stayRight_onEveryDepth_throughTheEndOf16Bits(@ForAll("depths") int depth, @ForAll long seed) {
        Random random = new Random(seed);
        Queue queue = new Queue(depth, RingOption.SINGLE_THREADED);
        ArrayDeque<Integer> outstanding = new ArrayDeque<>();
        int next = 0;
        while (next < 2 * 65536 + 5) {
            if (outstanding.size() < depth) {
                assertThat(queue.ring.postRecv(request(next))).isEqualTo(PostResult.ok(1));
                long header = Rqe.load(queue.memory, (long) (next & (depth - 1)) * Rqe.BYTES);
                outstanding.add(next++);
                assertThat(Rqe.producerIndex(header)).isEqualTo(next & 0xFFFF);
            } else {
                assertThat(queue.ring.postRecv(request(next))).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
                for (int i = random.nextInt(depth); i >= 0; i--) {
                    int done = outstanding.remove();
                    assertThat(queue.ring.completed(done & 0xFFFF, completion)).isTrue();
                    assertThat(completion.wrId).isEqualTo(done);
                }
            }
        }
    }

    @Provide
    Arbitrary<Integer> depths() {
        return Arbitraries.integers().between(0, 15).map(log -> 1 << log);
    }
}
