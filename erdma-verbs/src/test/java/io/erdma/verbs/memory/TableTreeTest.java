package io.erdma.verbs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.Resource;
import io.erdma.core.testing.FakeFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableTreeTest {
    private static final long THREE_LEVELS = 512L * 512 * 512;

    private FakeFunction device;
    private PciFunction pci;

    @BeforeEach
    void enable() {
        device = FakeFunction.builder().options(InProcessOptions.FAST).build();
        pci = device.pci();
        pci.enable();
    }

    @ParameterizedTest
    @CsvSource({ "1,1", "5,1", "512,1", "513,2", "1024,2", "262144,2", "262145,3", "300000,3" })
    void scattered_hasAsManyLevelsAsItsEntriesNeed_andEveryEntryIsFoundByWalking(long entries, int levels) {
        try (TableTree tree = TableTree.scattered(pci, entries)) {
            LongStream.range(0, entries).forEach(i -> tree.set(i, (i + 7) << 12));

            assertThat(tree.level()).isEqualTo(levels);
            assertThat(tree.entries()).isEqualTo(entries);
            for (long i = 0; i < entries; i += 1 + entries / 97) {
                assertThat(TableWalk.entry(device, levels, false, tree.rootAddress(), i)).isEqualTo((i + 7) << 12);
                assertThat(tree.get(i)).isEqualTo((i + 7) << 12);
            }
            assertThat(TableWalk.entry(device, levels, false, tree.rootAddress(), entries - 1))
                    .isEqualTo((entries + 6) << 12);
        }
        assertThat(device.ledger().held(Resource.DMA_MEMORY)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = { 1, 4, 5, 512, 513, 100_000 })
    void contiguous_isOneTableWhateverItsSize(long entries) {
        try (TableTree tree = TableTree.contiguous(pci, entries)) {
            LongStream.range(0, entries).forEach(i -> tree.set(i, i << 12));

            assertThat(tree.level()).isEqualTo(1);
            assertThat(device.ledger().held(Resource.DMA_MEMORY)).isEqualTo(1);
            assertThat(TableWalk.entry(device, 1, true, tree.rootAddress(), entries - 1))
                    .isEqualTo((entries - 1) << 12);
        }
        assertThat(device.ledger().held(Resource.DMA_MEMORY)).isZero();
    }

    @Test
    void scattered_beyondThreeLevels_isEnomem_andHoldsNothing() {
        assertThatThrownBy(() -> TableTree.scattered(pci, THREE_LEVELS + 1)).isInstanceOfSatisfying(
                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
        assertThat(device.ledger().outstanding()).isEmpty();
    }

    @Test
    void contiguous_beyondAnInt_isEnomem() {
        assertThatThrownBy(() -> TableTree.contiguous(pci, 1L + Integer.MAX_VALUE)).isInstanceOfSatisfying(
                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2, 3 })
    void scattered_whenAnAllocationFails_holdsNothing(int before) {
        FaultPlan plan = new FaultPlan();
        plan.add(FaultPoint.HAL_ALLOCATE, FaultPlan.ANY, before, 1, new FaultAction.Fail(Errno.ENOMEM));

        assertThatThrownBy(() -> TableTree.scattered(new FaultyFunction(pci, plan), 3 * 512))
                .isInstanceOf(ErrnoException.class);

        assertThat(device.ledger().held(Resource.DMA_MEMORY)).isZero();
    }

    @Test
    void close_isIdempotent() {
        TableTree tree = TableTree.scattered(pci, 1000);

        tree.close();
        tree.close();

        assertThat(device.ledger().held(Resource.DMA_MEMORY)).isZero();
    }
}
