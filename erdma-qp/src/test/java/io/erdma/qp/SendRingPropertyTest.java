package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqeHeader;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/** The ring against a list of what is outstanding, over every depth and several turns of the 16-bit index. */
class SendRingPropertyTest {
    private record Outstanding(int index, int wqebbs, long wrId) {}

    @Property(tries = 60)
    @Tag("exhaustive")
    void indices_stayRight_onEveryDepth_throughTheEndOf16Bits(@ForAll("depths") int depth, @ForAll long seed) {
        Random random = new Random(seed);
        SendQueue queue = SendQueue.ofDepth(depth, RingOption.SINGLE_THREADED);
        ArrayDeque<Outstanding> outstanding = new ArrayDeque<>();
        WorkCompletion completion = new WorkCompletion();
        int used = 0;
        int index = 0;
        long written = 0;
        long goal = 2 * 65536 + random.nextInt(depth);
        for (long wrId = 0; written < goal; wrId++) {
            int wqebbs = 1 + random.nextInt(4);
            long result = queue.ring.postSend(SendQueue.request(wqebbs, wrId));
            if (used + wqebbs <= depth) {
                assertThat(result).isEqualTo(PostResult.ok(1));
                outstanding.add(new Outstanding(index, wqebbs, wrId));
                long header = SqeHeader.load(queue.memory, SqeHeader.byteOffset(index, 0, depth));
                index = (index + wqebbs) & 0xFFFF;
                used += wqebbs;
                written += wqebbs;
                assertThat(SqeHeader.producerIndex(header)).isEqualTo(index);
            } else {
                assertThat(result).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
                used -= completeSome(queue, outstanding, random, completion);
            }
        }
        List<Long> rung = queue.doorbell.rung();
        assertThat(SqDoorbell.producerIndex(rung.getLast())).isEqualTo(index);
    }

    /** Completes the last of the first few; @return how many WQEBBs that frees. */
    private static int completeSome(SendQueue queue, ArrayDeque<Outstanding> outstanding, Random random,
            WorkCompletion completion) {
        int count = 1 + random.nextInt(outstanding.size());
        int freed = 0;
        Outstanding last = outstanding.peek();
        for (int i = 0; i < count; i++) {
            last = outstanding.remove();
            freed += last.wqebbs();
        }
        assertThat(queue.ring.completed(last.index(), completion)).isTrue();
        assertThat(completion.wrId).isEqualTo(last.wrId());
        return freed;
    }

    @Provide
    Arbitrary<Integer> depths() {
        return Arbitraries.integers().between(2, 15).map(log -> 1 << log);
    }
}
