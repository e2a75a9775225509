package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsMr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Regions of large pages: unit/hugepage_test.cc. */
class HugePageRowsTest {
    private static final long PAGE = 2L << 20;
    private static final int ELEMENTS = 4;
    private static final int PAGES = ELEMENTS;
    private static final long SEED = 20261128;

    /** Regions of 2 MiB pages at both ends. */
    private record Chunks(Pair pair, VerbsMr from, MemorySegment source, VerbsMr to, MemorySegment target) {
        static Chunks in(Lab lab, Arena arena) {
            Pair pair = lab.pair();
            MemorySegment source = arena.allocate(PAGES * PAGE, PAGE);
            MemorySegment target = arena.allocate(PAGES * PAGE, PAGE);
            byte[] bytes = new byte[(int) source.byteSize()];
            new SplittableRandom(SEED).nextBytes(bytes);
            MemorySegment.copy(bytes, 0, source, ValueLayout.JAVA_BYTE, 0, bytes.length);
            VerbsMr from = pair.left().pd.regMr(source);
            VerbsMr to = pair.right().pd.regMr(target, Access.LOCAL_WRITE);
            assertThat(AliceDevice.objects(lab).memoryRegions())
                    .anySatisfy(mr -> {
                        assertThat(mr.lkey()).isEqualTo(from.lkey());
                        assertThat(mr.pageBytes()).isGreaterThanOrEqualTo(PAGE);
                    });
            return new Chunks(pair, from, source, to, target);
        }

        void assertArrives(SendRequest send, long length) {
            End right = pair.right();
            right.post(new ReceiveRequest().set(1, to.address(), (int) length, to.lkey()));
            send.flags = SendFlag.SIGNALED;
            pair.left().post(send);
            pair.left().awaitOk();
            assertThat(right.awaitOk().byteLength).isEqualTo((int) length);
        }

        void close() {
            from.close();
            to.close();
        }
    }

    @Row(value = "HugePageTest.SendLargeChunk", asserts = { BYTES, STATUS, STATE })
    void aMessage_goesThroughAllLargePages(Lab usual) {
        try (Arena arena = Arena.ofShared()) {
            Chunks chunks = Chunks.in(usual.withLargePages(), arena);
            long length = PAGES * PAGE - 12;
            chunks.assertArrives(
                    new SendRequest().addSge(chunks.from.address() + 12, (int) length, chunks.from.lkey()), length);

            assertThat(chunks.target.asSlice(0, length).mismatch(chunks.source.asSlice(12))).isEqualTo(-1);
            chunks.close();
        }
    }

    @Row(value = "HugePageTest.SendMultipleSge", asserts = { BYTES, STATUS, STATE })
    void severalElements_acrossBordersOfLargePages_arriveAsOne(Lab usual) {
        try (Arena arena = Arena.ofShared()) {
            Chunks chunks = Chunks.in(usual.withLargePages(), arena);
            int piece = 4000;
            SendRequest send = new SendRequest();
            for (int i = 0; i < ELEMENTS; i++) {
                send.addSge(chunks.from.address() + border(i), piece, chunks.from.lkey());
            }
            chunks.assertArrives(send, (long) ELEMENTS * piece);

            for (int i = 0; i < ELEMENTS; i++) {
                assertThat(chunks.target.asSlice((long) i * piece, piece)
                        .mismatch(chunks.source.asSlice(border(i), piece))).isEqualTo(-1);
            }
            chunks.close();
        }
    }

    private static long border(int element) {
        return element == 0 ? 0 : element * PAGE - 1000 - element;
    }
}
