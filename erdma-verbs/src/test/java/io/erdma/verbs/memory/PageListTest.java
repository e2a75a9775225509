package io.erdma.verbs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.Resource;
import io.erdma.core.testing.FakeFunction;
import io.erdma.hw.Mtt;
import io.erdma.verbs.memory.PageList.Placement;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageListTest {
    private static final long PAGE = 4096;

    private final FakeFunction device = enabled();

    private static FakeFunction enabled() {
        FakeFunction function = FakeFunction.builder().options(InProcessOptions.FAST).build();
        function.pci().enable();
        return function;
    }

    private static RunsMapping everySecondPage(int pages) {
        RunsMapping mapping = new RunsMapping();
        for (int i = 0; i < pages; i++) {
            mapping.run(0x1000_0000L + 2 * PAGE * i, PAGE);
        }
        return mapping;
    }

    private PageList list(RunsMapping mapping, int inCommandMax, Placement placement) {
        return PageList.of(device.pci(), DmaRuns.of(mapping), 12, inCommandMax, placement);
    }

    @ParameterizedTest
    @CsvSource({ "1,4,SCATTERED,0", "4,4,SCATTERED,0", "4,4,CONTIGUOUS,0", "5,4,CONTIGUOUS,1", "5,4,SCATTERED,1",
        "600,4,SCATTERED,2",
        "600,4,CONTIGUOUS,1", "2,1,CONTIGUOUS,1", "1,1,CONTIGUOUS,0", "1,4,SCATTERED_TABLE,1",
        "4,4,CONTIGUOUS_TABLE,1" })
    void level_isZeroAsLongAsTheCommandHoldsThePages(int pages, int inCommandMax, Placement placement, int level) {
        try (PageList list = list(everySecondPage(pages), inCommandMax, placement)) {
            assertThat(list.level()).isEqualTo(level);
            assertThat(list.entries()).isEqualTo(pages);
            assertThat(list.pageShift()).isEqualTo(12);
        }
        assertThat(device.ledger().held(Resource.DMA_MEMORY)).isZero();
    }

    @Property(tries = 200)
    void everyPage_isFoundByWalking(@ForAll @IntRange(min = 1, max = 3000) int pages, @ForAll Placement placement) {
        RunsMapping mapping = everySecondPage(pages);
        try (PageList list = list(mapping, Mtt.INLINE_ENTRIES, placement)) {
            boolean contiguous = placement == Placement.CONTIGUOUS || placement == Placement.CONTIGUOUS_TABLE;
            for (int i = 0; i < pages; i++) {
                long found = list.level() == 0
                        ? list.inCommand(i)
                        : TableWalk.entry(device, list.level(), contiguous, list.address(), i);
                assertThat(found).isEqualTo(mapping.addressOf(PAGE * i));
            }
        }
    }
}
