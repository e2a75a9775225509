package io.erdma.core.hal.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WindowTableTest {
    private static final int BYTES = 16;

    private static DmaWindow window(long base) {
        return new DmaWindow(MemorySegment.ofArray(new byte[BYTES]), base, true);
    }

    /** The sorted map of the library is the reference. */
    @Property(tries = 100)
    void table_findsWhatASortedMapFinds(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int changes) {
        RandomGenerator random = new Random(seed);
        TreeMap<Long, DmaWindow> reference = new TreeMap<>();
        WindowTable table = WindowTable.EMPTY;
        for (int i = 0; i < changes; i++) {
            long base = random.nextInt(4000) * (long) BYTES;
            DmaWindow present = reference.get(base);
            if (present == null) {
                DmaWindow added = window(base);
                reference.put(base, added);
                table = table.with(added);
            } else {
                reference.remove(base);
                table = table.without(present);
            }
        }
        assertThat(table.size()).isEqualTo(reference.size());
        for (long address = -1; address < 4001 * BYTES; address += 7) {
            Map.Entry<Long, DmaWindow> expected = reference.floorEntry(address);
            assertThat(table.floor(address)).isSameAs(expected == null ? DmaWindow.NONE : expected.getValue());
        }
    }

    @Test
    void oldTable_staysAsItWas() {
        DmaWindow first = window(0);
        WindowTable one = WindowTable.EMPTY.with(first);
        WindowTable two = one.with(window(100));
        two.without(first);
        assertThat(one.floor(100)).isSameAs(first);
        assertThat(two.floor(0)).isSameAs(first);
        assertThat(WindowTable.EMPTY.floor(0)).isSameAs(DmaWindow.NONE);
    }

    @Test
    void chunks_staySmall_andFewSurvivorsDoNotKeepThem() {
        WindowTable table = WindowTable.EMPTY;
        List<DmaWindow> windows = LongStream.range(0, 20_000).mapToObj(i -> window(i * BYTES)).toList();
        for (DmaWindow window : windows) {
            table = table.with(window);
        }
        assertThat(table.chunkCount()).as("full, as the addresses rise")
                .isEqualTo(Math.ceilDiv(20_000, WindowTable.LARGEST_CHUNK));
        for (int i = 0; i < windows.size(); i++) {
            table = i % 200 == 0 ? table : table.without(windows.get(i));
        }
        assertThat(table.size()).isEqualTo(100);
        assertThat(table.chunkCount()).isLessThanOrEqualTo(4);
    }

    /** As when the pages of a scattered region are mapped from the last to the first. */
    @Test
    void chunks_stayHalfFull_whereAddressesFallTowardsAFullOne() {
        WindowTable table = WindowTable.EMPTY;
        for (int i = 0; i < WindowTable.LARGEST_CHUNK; i++) {
            table = table.with(window(i * BYTES));
        }
        for (int i = 10_000; i > WindowTable.LARGEST_CHUNK; i--) {
            table = table.with(window(i * BYTES));
        }
        assertThat(table.chunkCount()).isLessThanOrEqualTo(2 * 10_000 / WindowTable.LARGEST_CHUNK);
    }

    @Test
    void each_replacesEveryWindow() {
        WindowTable table = WindowTable.EMPTY;
        for (int i = 0; i < 1000; i++) {
            table = table.with(window(i * BYTES));
        }
        WindowTable changed = table.each(old -> new DmaWindow(old.segment(), old.base(), false));
        assertThat(changed.size()).isEqualTo(1000);
        assertThat(changed.floor(999 * BYTES).writable()).isFalse();
        assertThat(table.floor(999 * BYTES).writable()).isTrue();
    }
}
