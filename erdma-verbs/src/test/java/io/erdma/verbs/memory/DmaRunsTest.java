package io.erdma.verbs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DmaRunsTest {
    private static final long PAGE = 4096;
    private static final long MIB = 1L << 20;
    private static final long ALL = Limits.MR_PAGE_SIZES;

    @Test
    void bestPageShift_ofOnePage_isTheSmallest() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x10_0000, PAGE));

        assertThat(runs.bestPageShift(0x7000_0000, ALL)).isEqualTo(12);
        assertThat(runs.pageCount(12)).isEqualTo(1);
    }

    @Test
    void bestPageShift_ofBytesAcrossTwoPages_isTheSmallestPageThatHoldsBoth() {
        // 0x5ff8…0x6008: bit 13 is the highest that changes, and both addresses agree below it
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x1_5ff8, 16));

        assertThat(runs.bestPageShift(0x2_5ff8, ALL)).isEqualTo(14);
        assertThat(runs.pageCount(14)).isEqualTo(1);
    }

    @Test
    void bestPageShift_ofOneLongRun_isLimitedByTheLowestBitInWhichAddressesDiffer() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x4020_0000, 64 * MIB));

        assertThat(runs.bestPageShift(0x8000_0000L, ALL)).isEqualTo(21);
        assertThat(runs.bestPageShift(0x8020_0000L, ALL)).isEqualTo(27);
        assertThat(runs.pageCount(21)).isEqualTo(32);
    }

    @Test
    void bestPageShift_ofScatteredRuns_isLimitedByTheirBorders() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x1000_0000, MIB).run(0x3000_0000, MIB));

        assertThat(runs.bestPageShift(0x5000_0000, ALL)).isEqualTo(20);
    }

    @Test
    void bestPageShift_ofTouchingRuns_isThatOfOneRun() {
        RunsMapping pages = new RunsMapping();
        for (int i = 0; i < 512; i++) {
            pages.run(0x4000_0000 + i * PAGE, PAGE);
        }

        assertThat(DmaRuns.of(pages).bestPageShift(0x8000_0000L, ALL)).isEqualTo(21);
    }

    @Test
    void bestPageShift_ofGigabytes_isAtMostOneGibibyte() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(1L << 40, 8L << 30));

        assertThat(runs.bestPageShift(1L << 41, ALL)).isEqualTo(30);
        assertThat(runs.pageCount(30)).isEqualTo(8);
    }

    @Test
    void bestPageShift_whenAddressesDifferBelowTheSmallestPage_isNone() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x10_0010, 64));

        assertThat(runs.bestPageShift(0x20_0020, ALL)).isEqualTo(DmaRuns.NO_PAGE_SIZE);
    }

    @Test
    void bestPageShift_honoursTheSizesAllowed() {
        DmaRuns runs = DmaRuns.of(new RunsMapping().run(0x4000_0000, 64 * MIB));

        assertThat(runs.bestPageShift(0x4000_0000, (2 << Limits.USER_QP_PAGE_SHIFT_MAX) - PAGE)).isEqualTo(19);
        assertThat(runs.bestPageShift(0x4000_0000, 0)).isEqualTo(DmaRuns.NO_PAGE_SIZE);
    }

    @Property(tries = 2000)
    void bestPageShift_leadsEveryByteToItsAddress_andNoBetterSizeDoes(@ForAll long seed,
            @ForAll @IntRange(min = 1, max = 6) int runCount) {
        Random random = new Random(seed);
        long first = random.nextInt(4) == 0 ? random.nextInt((int) PAGE) & ~7 : 0;
        RunsMapping mapping = layOut(random, runCount, first);
        long iova = (random.nextLong(1 << 20) * PAGE << random.nextInt(18)) + first;
        DmaRuns runs = DmaRuns.of(mapping);

        int shift = runs.bestPageShift(iova, ALL);

        assertBest(shift, mapping, iova);
        assertThat(runs.bytes()).isEqualTo(mapping.bytes());
        List<Long> pages = new ArrayList<>();
        runs.forEachPage(shift, (index, address) -> {
            assertThat(index).isEqualTo(pages.size());
            pages.add(address);
        });
        assertThat(runs.pageCount(shift)).isEqualTo(pages.size());
        long page = 1L << shift;
        for (int i = 0; i < 40; i++) {
            long position = i == 0 ? 0 : i == 1 ? mapping.bytes() - 1 : random.nextLong(mapping.bytes());
            long inMemory = (iova & (page - 1)) + position;
            assertThat(pages.get((int) (inMemory >>> shift)) + (inMemory & (page - 1)))
                    .isEqualTo(mapping.addressOf(position));
        }
    }

    private static RunsMapping layOut(Random random, int runCount, long first) {
        RunsMapping mapping = new RunsMapping();
        int granule = random.nextInt(10);
        long address = (1 + random.nextLong(1 << 16)) * (PAGE << random.nextInt(18)) + first;
        for (int i = 0; i < runCount; i++) {
            boolean last = i == runCount - 1;
            long whole = (PAGE << granule) * (1 + random.nextInt(3)) - (i == 0 ? first : 0);
            long bytes = last ? whole - random.nextInt((int) Math.min(whole, 1000)) : whole;
            mapping.run(address, bytes);
            boolean touching = random.nextInt(3) == 0;
            address += bytes + (touching ? 0 : (PAGE << granule) * (1 + random.nextInt(5)));
        }
        return mapping;
    }

    // The definition, tried on every size: the largest that fits, but not larger than the first that holds everything.
    private static void assertBest(int shift, RunsMapping mapping, long iova) {
        int expected = DmaRuns.NO_PAGE_SIZE;
        boolean holdsAll = false;
        for (int candidate = Limits.MR_PAGE_SHIFT_MIN; candidate <= Limits.MR_PAGE_SHIFT_MAX
                && !holdsAll; candidate++) {
            long page = 1L << candidate;
            expected = fits(mapping, iova, page) ? candidate : expected;
            holdsAll = (iova & (page - 1)) + mapping.bytes() <= page;
        }
        assertThat(shift).as("%s at 0x%x", mapping, iova).isEqualTo(expected);
    }

    private static boolean fits(RunsMapping mapping, long iova, long page) {
        long at = iova;
        long previousEnd = -1;
        for (int i = 0; i < mapping.runCount(); i++) {
            boolean begins = i > 0 && mapping.runAddress(i) != previousEnd;
            if (((mapping.runAddress(i) ^ at) & (page - 1)) != 0 || (begins && (at & (page - 1)) != 0)) {
                return false;
            }
            at += mapping.runBytes(i);
            previousEnd = mapping.runAddress(i) + mapping.runBytes(i);
        }
        return true;
    }
}
