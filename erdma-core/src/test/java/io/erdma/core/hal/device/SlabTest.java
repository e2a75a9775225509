package io.erdma.core.hal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.leak.LeakLedger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SlabTest {
    private static Slab slab() {
        return new Slab(new CoherentMemory.Region(new LeakLedger(), Arena.global(), MemorySegment.NULL));
    }

    @Property(tries = 200)
    void blocks_areAligned_insideTheSlab_andApart(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int steps) {
        Random random = new Random(seed);
        Slab slab = slab();
        TreeMap<Long, Long> taken = new TreeMap<>();
        for (int i = 0; i < steps; i++) {
            if (!taken.isEmpty() && random.nextInt(3) == 0) {
                long victim = List.copyOf(taken.keySet()).get(random.nextInt(taken.size()));
                taken.remove(victim);
                slab.giveBack(victim);
                continue;
            }
            long bytes = 1 + random.nextLong(1L << random.nextInt(1, 22));
            long alignment = 1L << random.nextInt(0, 21);
            long offset = slab.take(bytes, alignment);
            if (offset < 0) {
                continue;
            }
            assertThat(offset % alignment).isZero();
            assertThat(offset + bytes).isLessThanOrEqualTo(Slab.BYTES);
            Map.Entry<Long, Long> below = taken.lowerEntry(offset + bytes);
            assertThat(below == null || below.getKey() + below.getValue() <= offset)
                    .as("%d bytes at %d overlap %s", bytes, offset, below).isTrue();
            taken.put(offset, bytes);
        }
        taken.keySet().forEach(slab::giveBack);
        assertThat(slab.isEmpty()).isTrue();
        assertThat(slab.take(Slab.BYTES, 1)).as("everything joined again").isZero();
    }

    @Test
    void take_fillsTheSlabCompletely_thenRefuses() {
        Slab slab = slab();
        List<Long> offsets = new ArrayList<>();
        for (long offset = slab.take(4096, 4096); offset >= 0; offset = slab.take(4096, 4096)) {
            offsets.add(offset);
        }
        assertThat(offsets).hasSize((int) (Slab.BYTES / 4096)).doesNotHaveDuplicates();
        assertThat(slab.take(1, 1)).isEqualTo(-1);
        slab.giveBack(offsets.get(7));
        assertThat(slab.take(1, 1)).isEqualTo(offsets.get(7));
    }

    @Test
    void take_beyondTheSlab_isRefused() {
        assertThat(slab().take(Slab.BYTES + 1, 1)).isEqualTo(-1);
    }

    @Test
    void giveBack_ofWhatWasNotTaken_isAnError() {
        Slab slab = slab();
        long offset = slab.take(100, 1);
        slab.giveBack(offset);
        assertThatIllegalStateException().isThrownBy(() -> slab.giveBack(offset));
    }
}
