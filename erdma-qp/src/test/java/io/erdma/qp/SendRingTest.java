package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.verbs.FastRegistration;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeSend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendRingTest {
    private final WorkCompletion completion = new WorkCompletion();

    // Room: defects 1 and 3 of the reference

    @ParameterizedTest
    @ValueSource(ints = { 4, 8, 16, 64 })
    void postSend_atEveryFillLevel_takesExactlyWhatFits(int depth) {
        for (int filled = 0; filled <= depth; filled++) {
            for (int wqebbs = 1; wqebbs <= 4; wqebbs++) {
                SendQueue queue = SendQueue.ofDepth(depth).at(3);
                for (int i = 0; i < filled; i++) {
                    assertThat(queue.postOne(1)).isEqualTo(PostResult.ok(1));
                }
                byte[] before = queue.bytes();

                long result = queue.postOne(wqebbs);

                if (filled + wqebbs <= depth) {
                    assertThat(result).as("%d of %d, %d more", filled, depth, wqebbs).isEqualTo(PostResult.ok(1));
                } else {
                    assertThat(result).as("%d of %d, %d more", filled, depth, wqebbs)
                            .isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
                    assertThat(queue.bytes()).isEqualTo(before);
                }
            }
        }
    }

    @Test
    void postSend_onFullRing_returnsEnomem_andReportsFirstRequestNotTaken() {
        SendQueue queue = SendQueue.ofDepth(8);
        SendRequest chain = SendQueue.chain(SendQueue.request(3, 1), SendQueue.request(3, 2), SendQueue.request(3, 3),
                SendQueue.request(1, 4));

        long result = queue.ring.postSend(chain);

        assertThat(result).isEqualTo(PostResult.refused(Errno.ENOMEM, 2));
        assertThat(queue.ring.producerIndex()).isEqualTo(6);
        assertThat(queue.doorbell.rung()).containsExactly(SqDoorbell.compose(SendQueue.QPN, 6));
    }

    @Test
    void postSend_refusedInTheMiddleOfAChain_postsThoseBefore_andNothingBehind() {
        SendQueue queue = SendQueue.ofDepth(8);
        SendRequest bad = new SendRequest();
        bad.opcode = WrOpcode.RDMA_READ;

        long result = queue.ring.postSend(SendQueue.chain(SendQueue.request(1, 1), bad, SendQueue.request(1, 3)));

        assertThat(result).isEqualTo(PostResult.refused(Errno.EINVAL, 1));
        assertThat(queue.doorbell.rung()).containsExactly(SqDoorbell.compose(SendQueue.QPN, 1));
        assertThat(queue.entry(1).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x5A5A5A5A5A5A5A5AL);
    }

    @Test
    void postSend_refusedFirst_ringsNothing() {
        SendQueue queue = SendQueue.ofDepth(4);
        SendRequest bad = new SendRequest();
        bad.opcode = WrOpcode.RDMA_READ;

        queue.ring.postSend(bad);

        assertThat(queue.doorbell.rung()).isEmpty();
    }

    // Doorbell: defect 4

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "SIGNAL_ALL" })
    void postSend_ofAChain_ringsOnce_recordFirst_afterTheLastHeader(RingOption option) {
        SendQueue queue = SendQueue.ofDepth(16, option);
        int[] headersSeen = new int[1];
        queue.doorbell.onRing(value -> {
            int index = 0;
            while (index < SqDoorbell.producerIndex(value)) {
                long header = SqeHeader.load(queue.entry(index), 0);
                assertThat(SqeHeader.producerIndex(header)).isEqualTo(index + SqeHeader.wqebbCount(header));
                index += SqeHeader.wqebbCount(header);
                headersSeen[0]++;
            }
        });

        queue.ring.postSend(SendQueue.chain(SendQueue.request(2, 1), SendQueue.request(4, 2), SendQueue.request(1, 3)));

        long expected = SqDoorbell.compose(SendQueue.QPN, 7);
        assertThat(queue.doorbell.rung()).containsExactly(expected);
        assertThat(queue.doorbell.recordsThen()).containsExactly(expected);
        assertThat(headersSeen[0]).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(value = RingOption.class, names = { "SINGLE_THREADED", "SIGNAL_ALL" })
    void postSend_fromWithinADoorbellWrite_isRungToo_andNeverAnOlderIndexAfterANewer(RingOption option) {
        SendQueue queue = SendQueue.ofDepth(16, option);
        queue.doorbell.onRing(value -> {
            if (SqDoorbell.producerIndex(value) < 3) {
                assertThat(queue.postOne(1)).isEqualTo(PostResult.ok(1));
            }
        });

        queue.postOne(1);

        assertThat(queue.doorbell.rung().stream().map(SqDoorbell::producerIndex)).containsExactly(1, 2, 3);
    }

    // Refusals

    record Refusal(String what, Errno errno, SendRequest request, RingOption... options) {
        @Override
        public String toString() {
            return what + " " + Arrays.toString(options);
        }
    }

    static Stream<Refusal> refusals() {
        SendRequest sevenSges = request(WrOpcode.SEND);
        SendRequest twoForRead = request(WrOpcode.RDMA_READ).addSge(1, 2, 3).addSge(4, 5, 6);
        for (int i = 0; i < 7; i++) {
            sevenSges.addSge(i, 1, 1);
        }
        MemorySegment data = MemorySegment.ofArray(new byte[97]);
        SendRequest manyPieces = request(WrOpcode.RDMA_WRITE);
        for (int i = 0; i < 97; i++) {
            manyPieces.addInline(data, i, 1);
        }
        SendRequest addressOnly = request(WrOpcode.SEND).addSge(1, 2, 3);
        addressOnly.flags = SendFlag.INLINE;
        SendRequest hugeInline = request(WrOpcode.SEND).addInline(data, 0, -1);
        SendRequest noOpcode = new SendRequest();
        noOpcode.opcode = null;
        return Stream.of(new Refusal("seven elements", Errno.EINVAL, sevenSges),
                new Refusal("READ of two elements", Errno.EINVAL, twoForRead),
                new Refusal("READ of none", Errno.EINVAL, request(WrOpcode.RDMA_READ)),
                new Refusal("READ_WITH_INV of none", Errno.EINVAL, request(WrOpcode.RDMA_READ_WITH_INV)),
                new Refusal("atomic of none", Errno.EINVAL, request(WrOpcode.ATOMIC_CMP_AND_SWP)),
                new Refusal("97 inline bytes", Errno.EINVAL, request(WrOpcode.SEND).addInline(data, 0, 97)),
                new Refusal("97 inline bytes in pieces", Errno.EINVAL, manyPieces),
                new Refusal("inline bytes beyond 2 GiB", Errno.EINVAL, hugeInline),
                new Refusal("inline without memory", Errno.EINVAL, addressOnly),
                new Refusal("no opcode", Errno.EOPNOTSUPP, noOpcode),
                new Refusal("no opcode", Errno.EINVAL, noOpcode, RingOption.USER),
                new Refusal("REG_MR of no MR", Errno.EINVAL, request(WrOpcode.REG_MR)),
                new Refusal("REG_MR of no pages", Errno.EINVAL, regMr(0, 4096, 0x100)),
                new Refusal("REG_MR of 4 GiB", Errno.EINVAL, regMr(5, 1L << 32, 0x100)),
                new Refusal("REG_MR with another MR's key", Errno.EINVAL, regMr(1, 4096, 0x200)),
                new Refusal("REG_MR", Errno.EINVAL, regMr(1, 4096, 0x100), RingOption.USER),
                new Refusal("LOCAL_INV", Errno.EINVAL, request(WrOpcode.LOCAL_INV), RingOption.USER),
                new Refusal("READ_WITH_INV", Errno.EINVAL, request(WrOpcode.RDMA_READ_WITH_INV).addSge(1, 2, 3),
                        RingOption.USER),
                new Refusal("WRITE", Errno.EINVAL, request(WrOpcode.RDMA_WRITE), RingOption.DATAGRAM),
                new Refusal("WRITE_WITH_IMM", Errno.EINVAL, request(WrOpcode.RDMA_WRITE_WITH_IMM), RingOption.DATAGRAM),
                new Refusal("SEND_WITH_INV", Errno.EINVAL, request(WrOpcode.SEND_WITH_INV), RingOption.DATAGRAM),
                new Refusal("READ", Errno.EINVAL, request(WrOpcode.RDMA_READ).addSge(1, 2, 3), RingOption.DATAGRAM),
                new Refusal("CAS", Errno.EINVAL, request(WrOpcode.ATOMIC_CMP_AND_SWP).addSge(1, 8, 3),
                        RingOption.DATAGRAM),
                new Refusal("REG_MR", Errno.EINVAL, regMr(1, 4096, 0x100), RingOption.DATAGRAM),
                new Refusal("LOCAL_INV", Errno.EINVAL, request(WrOpcode.LOCAL_INV), RingOption.DATAGRAM));
    }

    private static SendRequest request(WrOpcode opcode) {
        SendRequest request = new SendRequest();
        request.opcode = opcode;
        return request;
    }

    private static SendRequest regMr(int pages, long length, int key) {
        SendRequest request = request(WrOpcode.REG_MR);
        request.registrationKey = key;
        request.registration = new FastRegistration() {
            @Override
            public int stag() {
                return 0x100;
            }

            @Override
            public long iova() {
                return 0;
            }

            @Override
            public long length() {
                return length;
            }

            @Override
            public int pageCount() {
                return pages;
            }

            @Override
            public long pageAddress(int index) {
                return 0x1000L * index;
            }
        };
        return request;
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void postSend_ofAMalformedRequest_isRefused_andWritesNothing(Refusal given) {
        SendQueue queue = SendQueue.ofDepth(8, given.options());
        byte[] before = queue.bytes();

        long result = queue.ring.postSend(given.request());

        assertThat(result).isEqualTo(PostResult.refused(given.errno(), 0));
        assertThat(queue.bytes()).isEqualTo(before);
        assertThat(queue.ring.producerIndex()).isZero();
        assertThat(queue.doorbell.rung()).isEmpty();
    }

    @Test
    void postSend_ofNothing_isEinval() {
        assertThat(SendQueue.ofDepth(4).ring.postSend(null)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @Test
    void postSend_ofInlineMemoryThatIsClosed_isEfault_andPublishesNothing() {
        SendQueue queue = SendQueue.ofDepth(8);
        SendRequest request = new SendRequest();
        try (Arena arena = Arena.ofConfined()) {
            request.addInline(arena.allocate(8), 0, 8);
        }

        long result = queue.ring.postSend(SendQueue.chain(SendQueue.request(1, 1), request));

        assertThat(result).isEqualTo(PostResult.refused(Errno.EFAULT, 1));
        assertThat(queue.ring.producerIndex()).isEqualTo(1);
        assertThat(queue.entry(1).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x5A5A5A5A5A5A5A5AL);
    }

    @Test
    void postSend_ofInlineDataBeyondItsMemory_isEfault() {
        SendRequest request = new SendRequest().addInline(MemorySegment.ofArray(new byte[8]), 4, 8);

        assertThat(SendQueue.ofDepth(4).ring.postSend(request)).isEqualTo(PostResult.refused(Errno.EFAULT, 0));
    }

    @Test
    void postSend_ofUsersRequests_takesWhatTheProviderHas() {
        SendQueue queue = SendQueue.ofDepth(64, RingOption.USER);
        for (WrOpcode opcode : Set.of(WrOpcode.SEND, WrOpcode.SEND_WITH_IMM, WrOpcode.SEND_WITH_INV,
                WrOpcode.RDMA_WRITE,
                WrOpcode.RDMA_WRITE_WITH_IMM, WrOpcode.RDMA_READ, WrOpcode.ATOMIC_CMP_AND_SWP,
                WrOpcode.ATOMIC_FETCH_AND_ADD)) {
            assertThat(queue.ring.postSend(request(opcode).addSge(1, 8, 3))).as("%s", opcode)
                    .isEqualTo(PostResult.ok(1));
        }
    }

    @Test
    void newRing_ofWrongSizes_isEinval() {
        MemorySegment good = Arena.ofAuto().allocate(4 * 32, 8);
        MemorySegment record = Arena.ofAuto().allocate(8, 8);
        for (long bytes : new long[]{ 0, 32, 64, 96, 160, 129, 65536 * 32 }) {
            MemorySegment ring = Arena.ofAuto().allocate(bytes, 8);
            assertEinval(() -> new SendRing(1, ring, record, new FakeDoorbell(record), Set.of()));
        }
        assertEinval(() -> new SendRing(1 << 20, good, record, new FakeDoorbell(record), Set.of()));
        assertEinval(
                () -> new SendRing(1, good, Arena.ofAuto().allocate(16, 8), new FakeDoorbell(record), Set.of()));
    }

    private static void assertEinval(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }

    // Completions

    @Test
    void completed_freesEveryBlockUpToAndIncludingItsRequest() {
        SendQueue queue = SendQueue.ofDepth(8);
        queue.ring.postSend(
                SendQueue.chain(SendQueue.request(2, 11), SendQueue.request(3, 12), SendQueue.request(3, 13)));

        assertThat(queue.ring.completed(2, completion)).isTrue();

        assertThat(completion.wrId).isEqualTo(12);
        assertThat(queue.ring.snapshot()).isEqualTo(new RingSnapshot(8, 8, 5));
        assertThat(queue.postOne(4)).isEqualTo(PostResult.ok(1));
        assertThat(queue.postOne(2)).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 2, 4, 5, 8, 9, 0x7FFF, 0xFFFF, -1 })
    void completed_ofAnIndexThatBeginsNoOutstandingRequest_changesNothing(int garbage) {
        SendQueue queue = SendQueue.ofDepth(8).at(1);
        queue.ring.postSend(SendQueue.chain(SendQueue.request(2, 1), SendQueue.request(2, 2))); // at 1 and 3
        RingSnapshot before = queue.ring.snapshot();
        completion.wrId = 77;

        assertThat(queue.ring.completed(garbage, completion)).isFalse();

        assertThat(completion.wrId).isEqualTo(77);
        assertThat(queue.ring.snapshot()).isEqualTo(before);
    }

    @Test
    void completed_ofTheIndexBehindTheLastRequest_changesNothing_whateverStoodThereALapAgo() {
        SendQueue queue = SendQueue.ofDepth(8);
        for (int i = 0; i < 8; i++) {
            queue.postOne(1);
        }
        queue.ring.completed(7, completion);
        queue.postOne(1);
        queue.postOne(1);

        assertThat(queue.ring.completed(10, completion)).isFalse();
        assertThat(queue.ring.completed(9, completion)).isTrue();
    }

    @Test
    void aRing_knowsItsQpAndItsSize() {
        SendQueue queue = SendQueue.ofDepth(16);

        assertThat(queue.ring.qpn()).isEqualTo(SendQueue.QPN);
        assertThat(queue.ring.depth()).isEqualTo(16);
    }

    @Test
    void completed_twice_isTakenOnce() {
        SendQueue queue = SendQueue.ofDepth(8);
        queue.postOne(2);

        assertThat(queue.ring.completed(0, completion)).isTrue();
        assertThat(queue.ring.completed(0, completion)).isFalse();
    }

    @Test
    void completed_onALargerEntryOverOldOnes_ignoresWhatBeganInsideIt() {
        SendQueue queue = SendQueue.ofDepth(4);
        for (int i = 0; i < 4; i++) {
            queue.postOne(1);
        }
        queue.ring.completed(3, completion);
        queue.postOne(4);

        assertThat(queue.ring.completed(5, completion)).isFalse();
        assertThat(queue.ring.completed(4, completion)).isTrue();
    }

    @Test
    void postSend_ofInlineDataOverTheEndOfTheRing_isContinuedAtItsStart() {
        SendQueue queue = SendQueue.ofDepth(4).at(3);
        MemorySegment data = MemorySegment.ofArray(new byte[64]);
        data.fill((byte) 0x77);

        queue.ring.postSend(new SendRequest().addInline(data, 0, 64));

        assertThat(SqeSend.length(queue.memory, 3 * 32)).isEqualTo(64);
        assertThat(queue.memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0x77);
    }
}
