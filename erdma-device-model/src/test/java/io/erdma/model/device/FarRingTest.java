package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FarMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ring in memory that can only be asked for: what is asked, when, and what follows if it can't be had. */
class FarRingTest {
    private static final long BASE = 0x10_0000;
    private static final long BYTES = 8192;
    private static final int ENTRY = 32;

    private final Arena arena = Arena.ofShared();
    private final DmaSpace space = new DmaSpace(new DmaDomain());
    private final Asked asked = new Asked();

    /** Memory that keeps a list of what was asked of it. */
    private static final class Asked implements FarMemory {
        final MemorySegment bytes = MemorySegment.ofArray(new long[(int) BYTES / Long.BYTES]);
        final List<String> list = new ArrayList<>();
        boolean refuses;

        @Override
        public boolean read(long deviceAddress, MemorySegment target, long offset, long count) {
            list.add("read %d at %d".formatted(count, deviceAddress - BASE));
            MemorySegment.copy(bytes, deviceAddress - BASE, target, offset, count);
            return !refuses;
        }

        @Override
        public boolean write(long deviceAddress, MemorySegment source, long offset, long count) {
            list.add("write %d at %d".formatted(count, deviceAddress - BASE));
            if (!refuses) {
                MemorySegment.copy(source, offset, bytes, deviceAddress - BASE, count);
            }
            return !refuses;
        }
    }

    @BeforeEach
    void mayDoDma() {
        space.setBusMaster(true);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private Ring far() {
        space.map(asked, BASE, BYTES, true);
        return ring();
    }

    private Ring ring() {
        return Ring.contiguous(space, BASE, BYTES, ENTRY, true).orElseThrow();
    }

    /** Two pages that do not lie in a row: the second one comes first. */
    private Ring scattered() {
        space.map(asked, BASE, BYTES, true);
        return Ring.paged(space, new long[]{ BASE + 4096, BASE }, 12, 0, BYTES, ENTRY, true).orElseThrow();
    }

    private static long word(Ring ring, long position) {
        return ring.segment(position).get(ValueLayout.JAVA_LONG, ring.offset(position));
    }

    private static void setWord(Ring ring, long position, long value) {
        ring.segment(position).set(ValueLayout.JAVA_LONG, ring.offset(position), value);
    }

    @Test
    void anEntry_isRead_eachTimeItIsFetched() {
        Ring ring = far();
        for (long position : new long[]{ 0, 992, 1024, 4096 + 32, BYTES - 32 }) {
            asked.bytes.set(ValueLayout.JAVA_LONG, position, 7 + position);
            assertThat(ring.fetch(position, ENTRY)).isTrue();
            assertThat(word(ring, position)).isEqualTo(7 + position);

            asked.bytes.set(ValueLayout.JAVA_LONG, position, 9 + position);
            assertThat(ring.fetch(position, ENTRY)).isTrue();
            assertThat(word(ring, position)).isEqualTo(9 + position);
            assertThat(asked.list).containsExactly("read 32 at " + position, "read 32 at " + position);
            asked.list.clear();
        }
    }

    @Test
    void anEntry_isReadFromItsPage() {
        Ring ring = scattered();
        asked.bytes.set(ValueLayout.JAVA_LONG, 4096 + 64, 1);
        asked.bytes.set(ValueLayout.JAVA_LONG, 64, 2);
        assertThat(ring.fetch(64, ENTRY)).isTrue();
        assertThat(word(ring, 64)).isEqualTo(1);
        assertThat(ring.fetch(4096 + 64, ENTRY)).isTrue();
        assertThat(word(ring, 4096 + 64)).isEqualTo(2);
    }

    @Test
    void anEntry_isWritten_withItsFrontLast() {
        Ring ring = far();
        assertThat(ring.isOpen(1056)).isTrue();
        setWord(ring, 1056, 5);
        setWord(ring, 1056 + 24, 6);
        assertThat(ring.publish(1056, ENTRY, 8)).isTrue();
        assertThat(asked.list).containsExactly("write 24 at 1064", "write 8 at 1056");
        assertThat(asked.bytes.get(ValueLayout.JAVA_LONG, 1056)).isEqualTo(5);
        assertThat(asked.bytes.get(ValueLayout.JAVA_LONG, 1056 + 24)).isEqualTo(6);
    }

    @Test
    void anEntry_thatIsNothingButItsFront_isWrittenAtOnce() {
        Ring ring = scattered();
        assertThat(ring.isOpen(4096)).isTrue();
        setWord(ring, 4096, 5);
        assertThat(ring.publish(4096, 8, 8)).isTrue();
        assertThat(asked.list).containsExactly("write 8 at 0");
        assertThat(asked.bytes.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(5);
    }

    @Test
    void whatCantBeHad_isNeitherFetchedNorPublished_norCopied() {
        Ring ring = far();
        assertThat(ring.isOpen(0)).isTrue();
        asked.refuses = true;
        assertThat(ring.fetch(0, ENTRY)).isFalse();
        assertThat(ring.copyOut(0, 64, MemorySegment.ofArray(new byte[64]))).isFalse();
        asked.list.clear();
        assertThat(ring.publish(0, ENTRY, 8)).isFalse();
        assertThat(asked.list).as("the front does not follow").containsExactly("write 24 at 8");
        assertThat(ring.publish(0, 8, 8)).isFalse();
    }

    @Test
    void entries_areCopied_roundTheEnd() {
        Ring ring = far();
        asked.bytes.set(ValueLayout.JAVA_LONG, BYTES - 32, 1);
        asked.bytes.set(ValueLayout.JAVA_LONG, 0, 2);
        MemorySegment into = MemorySegment.ofArray(new long[8]);
        assertThat(ring.copyOut(BYTES - 32, 64, into)).isTrue();
        assertThat(into.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
        assertThat(into.get(ValueLayout.JAVA_LONG, 32)).isEqualTo(2);
    }

    @Test
    void memoryThatIsTakenAway_isNotAsked() {
        Ring ring = far();
        assertThat(ring.fetch(0, ENTRY)).isTrue();
        space.unmap(BASE);
        asked.list.clear();
        assertThat(ring.fetch(0, ENTRY)).isFalse();
        assertThat(ring.isOpen(0)).isFalse();
        assertThat(asked.list).isEmpty();
    }

    @Test
    void aRing_mayBecomeNear_andFarAgain() {
        Ring ring = far();
        assertThat(ring.fetch(2048, ENTRY)).isTrue();
        space.unmap(BASE);
        MemorySegment near = arena.allocate(BYTES, 4096);
        space.map(near, BASE, true);
        asked.list.clear();

        near.set(ValueLayout.JAVA_LONG, 2048, 3);
        assertThat(ring.fetch(2048, ENTRY)).isTrue();
        assertThat(word(ring, 2048)).isEqualTo(3);
        setWord(ring, 2048, 4);
        assertThat(ring.publish(2048, ENTRY, 8)).isTrue();
        assertThat(near.get(ValueLayout.JAVA_LONG, 2048)).isEqualTo(4);
        assertThat(asked.list).isEmpty();

        space.unmap(BASE);
        space.map(asked, BASE, BYTES, true);
        asked.bytes.set(ValueLayout.JAVA_LONG, 2048, 5);
        assertThat(ring.fetch(2048, ENTRY)).isTrue();
        assertThat(word(ring, 2048)).isEqualTo(5);
    }

    @Test
    void nearMemory_hasWhatIsComposedAtOnce() {
        MemorySegment near = arena.allocate(BYTES, 4096);
        space.map(near, BASE, true);
        Ring ring = ring();
        assertThat(ring.isOpen(4096)).isTrue();
        setWord(ring, 4096, 8);
        assertThat(near.get(ValueLayout.JAVA_LONG, 4096)).isEqualTo(8);
        assertThat(ring.publish(4096, ENTRY, 8)).isTrue();
    }
}
