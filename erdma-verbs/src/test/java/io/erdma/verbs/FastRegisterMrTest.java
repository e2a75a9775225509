package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.DmaMemory;
import io.erdma.hw.AccessRights;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.RegMr;
import io.erdma.verbs.memory.TableWalk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FastRegisterMrTest {
    private static final int PAGE = 4096;

    private final Bench bench = new Bench();
    private final ProtectionDomain pd = bench.device.allocPd();

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    private static List<Long> pagesOf(FastRegisterMr mr) {
        return IntStream.range(0, mr.pageCount()).mapToObj(mr::pageAddress).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 4, 5, 512, 524_288 })
    void allocMr_isNotValid_andHasOneTable(int maxPages) {
        FastRegisterMr mr = pd.allocMr(maxPages);

        MemorySegment command = bench.commands.last(CommandOpcode.REG_MR);
        assertThat(RegMr.valid(command, 0)).isFalse();
        assertThat(RegMr.type(command, 0)).isEqualTo(RegMr.TYPE_FAST_REGISTER);
        assertThat(RegMr.rights(command, 0)).isEqualTo(AccessRights.ALL_BUT_ATOMIC);
        assertThat(RegMr.mttLevel(command, 0)).isEqualTo(1);
        assertThat(RegMr.mttEntriesLow(command, 0)).isEqualTo(maxPages);
        assertThat(RegMr.pageShift(command, 0)).isEqualTo(12);
        assertThat(RegMr.mptIndex(command, 0)).isEqualTo(mr.stag() >>> 8);
        assertThat(bench.hardware.reaches(RegMr.tableAddress(command, 0), 8L * maxPages)).isTrue();
        assertThat(mr.capacity()).isEqualTo(maxPages);
        assertThat(mr.pageCount()).isZero();
        assertThat(mr.pd()).isSameAs(pd);
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 0, 524_289 })
    void allocMr_ofAnotherNumberOfPages_isEinval(int maxPages) {
        assertRefused(Errno.EINVAL, () -> pd.allocMr(maxPages));
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    @Test
    void mapMrSg_ofOneRange_listsItsPages_inTheDevicesTable() {
        FastRegisterMr mr = pd.allocMr(8);

        assertThat(mr.mapMrSg(List.of(new DmaRange(0x10_0100, 2 * PAGE)), 0, PAGE)).isEqualTo(1);

        assertThat(mr.iova()).isEqualTo(0x10_0100);
        assertThat(mr.length()).isEqualTo(2 * PAGE);
        assertThat(pagesOf(mr)).containsExactly(0x10_0000L, 0x10_1000L, 0x10_2000L);
        long table = RegMr.tableAddress(bench.commands.last(CommandOpcode.REG_MR), 0);
        assertThat(TableWalk.entry(bench.hardware, 1, true, table, 2)).isEqualTo(0x10_2000L);
    }

    @Test
    void mapMrSg_withAnOffset_beginsThere() {
        FastRegisterMr mr = pd.allocMr(8);

        assertThat(mr.mapMrSg(List.of(new DmaRange(0x10_0000, 2 * PAGE)), PAGE + 8, PAGE)).isEqualTo(1);

        assertThat(mr.iova()).isEqualTo(0x10_1008);
        assertThat(mr.length()).isEqualTo(PAGE - 8);
        assertThat(pagesOf(mr)).containsExactly(0x10_1000L);
    }

    @Test
    void mapMrSg_ofRangesAtPageBorders_takesThemAll() {
        FastRegisterMr mr = pd.allocMr(8);
        List<DmaRange> ranges = List.of(
                new DmaRange(0x10_0800, PAGE - 0x800), new DmaRange(0x50_0000, 2 * PAGE), new DmaRange(0x30_0000, 100));

        assertThat(mr.mapMrSg(ranges, 0, PAGE)).isEqualTo(3);

        assertThat(mr.length()).isEqualTo(PAGE - 0x800 + 2 * PAGE + 100);
        assertThat(pagesOf(mr)).containsExactly(0x10_0000L, 0x50_0000L, 0x50_1000L, 0x30_0000L);
    }

    @Test
    void mapMrSg_ofTouchingRanges_isThatOfOne() {
        FastRegisterMr mr = pd.allocMr(8);
        List<DmaRange> ranges = List.of(
                new DmaRange(0x10_0010, 0x20), new DmaRange(0x10_0030, 0x100), new DmaRange(0x10_0130, 2 * PAGE));

        assertThat(mr.mapMrSg(ranges, 0, PAGE)).isEqualTo(3);

        assertThat(mr.length()).isEqualTo(0x120 + 2 * PAGE);
        assertThat(pagesOf(mr)).containsExactly(0x10_0000L, 0x10_1000L, 0x10_2000L);
    }

    @Test
    void mapMrSg_stopsAtAGap() {
        FastRegisterMr mr = pd.allocMr(8);

        assertThat(mr.mapMrSg(List.of(new DmaRange(0x10_0000, 100), new DmaRange(0x20_0000, PAGE)), 0, PAGE))
                .isEqualTo(1);
        assertThat(mr.mapMrSg(List.of(new DmaRange(0x10_0000, PAGE), new DmaRange(0x20_0008, PAGE)), 0, PAGE))
                .isEqualTo(1);

        assertThat(mr.length()).isEqualTo(PAGE);
        assertThat(pagesOf(mr)).containsExactly(0x10_0000L);
    }

    @Test
    void mapMrSg_stopsAtARangeThatDoesNotFit() {
        FastRegisterMr mr = pd.allocMr(3);

        int taken = mr.mapMrSg(List.of(new DmaRange(0x10_0000, 2 * PAGE), new DmaRange(0x20_0000, 2 * PAGE)), 0, PAGE);

        assertThat(taken).isEqualTo(1);
        assertThat(mr.length()).isEqualTo(2 * PAGE);
        assertThat(mr.pageCount()).isEqualTo(2);
    }

    @Test
    void mapMrSg_whenTheFirstRangeDoesNotFit_isEnomem_andTheRegionIsAsBefore() {
        FastRegisterMr mr = pd.allocMr(2);
        mr.mapMrSg(List.of(new DmaRange(0x10_0000, PAGE)), 0, PAGE);

        assertRefused(Errno.ENOMEM, () -> mr.mapMrSg(List.of(new DmaRange(0x20_0000, 3 * PAGE)), 0, PAGE));

        assertThat(mr.iova()).isEqualTo(0x10_0000);
        assertThat(pagesOf(mr)).containsExactly(0x10_0000L);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 2048, 8192, 1 << 21 })
    void defect16_mapMrSg_withAnotherPageSize_isEinval(int pageSize) {
        FastRegisterMr mr = pd.allocMr(8);

        assertRefused(Errno.EINVAL, () -> mr.mapMrSg(List.of(new DmaRange(0x10_0000, PAGE)), 0, pageSize));

        assertThat(mr.pageCount()).isZero();
    }

    @Test
    void mapMrSg_ofNothing_orWithABadOffset_orAfterClose_isEinval() {
        FastRegisterMr mr = pd.allocMr(8);
        List<DmaRange> ranges = List.of(new DmaRange(0x10_0000, PAGE));

        assertRefused(Errno.EINVAL, () -> mr.mapMrSg(List.of(), 0, PAGE));
        assertRefused(Errno.EINVAL, () -> mr.mapMrSg(ranges, -1, PAGE));
        assertRefused(Errno.EINVAL, () -> mr.mapMrSg(ranges, PAGE, PAGE));
        mr.close();
        assertRefused(Errno.EINVAL, () -> mr.mapMrSg(ranges, 0, PAGE));
    }

    @Test
    void updateKey_changesTheLowByteOfBothKeys_andDeregMrUsesIt() {
        FastRegisterMr mr = pd.allocMr(1);
        int index = mr.stag() >>> 8;

        mr.updateKey((byte) 0xFE);

        assertThat(mr.lkey()).isEqualTo(index << 8 | 0xFE);
        assertThat(mr.rkey()).isEqualTo(index << 8 | 0xFE);
        assertThat(mr.stag()).isEqualTo(index << 8 | 0xFE);
        mr.close();
        assertThat(DeregMr.key(bench.commands.last(CommandOpcode.DEREG_MR), 0)).isEqualTo(0xFE);
        assertThat(DeregMr.mptIndex(bench.commands.last(CommandOpcode.DEREG_MR), 0)).isEqualTo(index);
    }

    @Property(tries = 300)
    void mapMrSg_leadsEveryByteToItsAddress(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 20_000) Integer> lengths,
            @ForAll @IntRange(max = 4095) int first,
            @ForAll long seed) {
        FastRegisterMr mr = pd.allocMr(64);
        List<DmaRange> ranges = new ArrayList<>();
        long at = 0x100_0000 + first;
        for (int length : lengths) {
            ranges.add(new DmaRange(at, length));
            boolean jump = ((at + length) & (PAGE - 1)) == 0 && (seed & 1) == 0;
            at += length + (jump ? 10 * PAGE : 0);
        }

        int taken = mr.mapMrSg(ranges, 0, PAGE);

        assertThat(taken).isEqualTo(ranges.size());
        assertThat(mr.length()).isEqualTo(ranges.stream().mapToLong(DmaRange::bytes).sum());
        long position = mr.iova() & (PAGE - 1);
        for (DmaRange range : ranges) {
            for (long byteOf : new long[]{ 0, range.bytes() / 2, range.bytes() - 1 }) {
                long in = position + byteOf;
                assertThat(mr.pageAddress((int) (in / PAGE)) + in % PAGE).isEqualTo(range.address() + byteOf);
            }
            position += range.bytes();
        }
        mr.close();
    }

    @Test
    void dmaRange_comesFromCoherentMemoryAndFromMappings() {
        try (Arena arena = Arena.ofShared();
                DmaMemory memory = bench.hardware.pci().allocateCoherent(100, 8);
                DmaMapping mapping = bench.hardware.pci().map(arena.allocate(3 * PAGE, PAGE), DmaAccess.READ)) {
            assertThat(DmaRange.of(memory)).isEqualTo(new DmaRange(memory.deviceAddress(), 100));
            assertThat(DmaRange.of(mapping)).hasSize(3).allMatch(range -> range.bytes() == PAGE);
        }
    }

    @Test
    void dmaRange_ofNothing_orThatWraps_isEinval() {
        assertRefused(Errno.EINVAL, () -> new DmaRange(0x1000, 0));
        assertRefused(Errno.EINVAL, () -> new DmaRange(-8, 9));
        assertThat(new DmaRange(-8, 8).bytes()).isEqualTo(8);
    }
}
