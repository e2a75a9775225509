package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.Resource;
import io.erdma.core.verbs.Access;
import io.erdma.hw.AccessRights;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.RegMr;
import io.erdma.verbs.memory.RunsMapping;
import io.erdma.verbs.memory.TableWalk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryRegionTest {
    private static final int PAGE = 4096;
    private static final long FOUR_GIB = 4L << 30;
    private static final Access[] ALL_RIGHTS = Access.values();

    private final Arena arena = Arena.ofShared();
    private final Bench bench = new Bench();
    private final ProtectionDomain pd = bench.device.allocPd();

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
        arena.close();
    }

    private MemorySegment pages(int count) {
        return arena.allocate((long) count * PAGE, PAGE);
    }

    private MemorySegment command() {
        return bench.commands.last(CommandOpcode.REG_MR);
    }

    private long pageOf(MemorySegment command, long index) {
        int level = RegMr.mttLevel(command, 0);
        return level == 0
                ? RegMr.page(command, 0, (int) index)
                : TableWalk.entry(bench.hardware, level, false, RegMr.tableAddress(command, 0), index);
    }

    /** Writes through the caller's memory, and looks through the pages of the command. */
    private void assertDeviceFinds(MemorySegment memory, MemorySegment command) {
        long page = 1L << RegMr.pageShift(command, 0);
        long start = RegMr.startAddress(command, 0);
        for (long at = 0; at < memory.byteSize(); at += 997) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) (at / 7));
            long inPages = (start & (page - 1)) + at;
            long address = pageOf(command, inPages / page) + inPages % page;
            assertThat(bench.hardware.at(address, 1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) (at / 7));
        }
    }

    @Test
    void regMr_leavesOptionalRightsOut() {
        MemoryRegion mr = pd.regMr(pages(1), Access.LOCAL_WRITE, Access.RELAXED_ORDERING);

        assertThat(mr.access()).containsExactly(Access.LOCAL_WRITE);
        assertThat(pd.getDmaMr(Access.RELAXED_ORDERING).access()).isEmpty();
    }

    @Test
    void regMr_ofFourPages_putsThemIntoTheCommand() {
        MemorySegment memory = pages(4);

        MemoryRegion mr = pd.regMr(memory, Access.LOCAL_WRITE, Access.REMOTE_READ);

        MemorySegment command = command();
        assertThat(RegMr.valid(command, 0)).isTrue();
        assertThat(RegMr.version(command, 0)).isEqualTo(RegMr.VERSION_NARROW);
        assertThat(RegMr.key(command, 0)).isZero();
        assertThat(RegMr.mptIndex(command, 0)).isEqualTo(1);
        assertThat(RegMr.pd(command, 0)).isEqualTo(pd.pdn());
        assertThat(RegMr.type(command, 0)).isEqualTo(RegMr.TYPE_NORMAL);
        assertThat(RegMr.rights(command, 0))
                .isEqualTo(AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE | AccessRights.REMOTE_READ);
        assertThat(RegMr.startAddress(command, 0)).isEqualTo(memory.address());
        assertThat(RegMr.lengthLow(command, 0)).isEqualTo(4 * PAGE);
        assertThat(RegMr.pageShift(command, 0)).isEqualTo(12);
        assertThat(RegMr.mttPageShift(command, 0)).isEqualTo(12);
        assertThat(RegMr.mttLevel(command, 0)).isZero();
        assertThat(RegMr.mttEntriesLow(command, 0)).isEqualTo(4);
        assertDeviceFinds(memory, command);
        assertThat(mr.lkey()).isEqualTo(0x100);
        assertThat(mr.rkey()).isEqualTo(0x100);
        assertThat(mr.iova()).isEqualTo(memory.address());
        assertThat(mr.length()).isEqualTo(4 * PAGE);
        assertThat(mr.access()).containsExactlyInAnyOrder(Access.LOCAL_WRITE, Access.REMOTE_READ);
        assertThat(mr.pd()).isSameAs(pd);
        mr.close();
    }

    @Test
    void regMr_ofMorePages_putsThemIntoTables() {
        MemorySegment five = pages(5);
        pd.regMr(five);
        assertThat(RegMr.mttLevel(command(), 0)).isEqualTo(1);
        assertThat(RegMr.version(command(), 0)).isEqualTo(RegMr.VERSION_NARROW);
        assertDeviceFinds(five, command());

        MemorySegment many = pages(1000);
        pd.regMr(many);
        assertThat(RegMr.mttLevel(command(), 0)).isEqualTo(2);
        assertThat(RegMr.version(command(), 0)).isEqualTo(RegMr.VERSION_WIDE);
        assertThat(RegMr.lengthLow(command(), 0)).isEqualTo(1000L * PAGE);
        assertThat(RegMr.lengthHigh(command(), 0)).isZero();
        assertThat(RegMr.mttEntriesLow(command(), 0)).isEqualTo(1000);
        assertThat(RegMr.mttEntriesHigh(command(), 0)).isZero();
        assertDeviceFinds(many, command());
    }

    @Test
    void regMr_withoutTheCapability_takesOneContiguousTable() {
        DeviceCapabilities plain = new DeviceCapabilities(
                1024, 1 << 20, 1 << 15, 1L << 40, 1, false, false, false, Bench.LOCAL_KEY,
                Bench.CAPABILITIES.congestionControl(), 0);
        try (Bench other = new Bench(plain)) {
            other.device.allocPd().regMr(pages(1000));
            MemorySegment command = other.commands.last(CommandOpcode.REG_MR);

            assertThat(RegMr.mttLevel(command, 0)).isEqualTo(1);
            assertThat(RegMr.version(command, 0)).isEqualTo(RegMr.VERSION_NARROW);
            long table = RegMr.tableAddress(command, 0);
            assertThat(other.hardware.reaches(table, 8000)).isTrue();
            assertThat(other.hardware.reaches(TableWalk.entry(other.hardware, 1, true, table, 999), PAGE)).isTrue();
        }
    }

    @Test
    void regMr_inTheMiddleOfPages_countsThemFromTheAlignedStart() {
        MemorySegment memory = pages(3).asSlice(100, 2 * PAGE);

        pd.regMr(memory);

        assertThat(RegMr.mttEntriesLow(command(), 0)).isEqualTo(3);
        assertThat(RegMr.startAddress(command(), 0)).isEqualTo(memory.address());
        assertDeviceFinds(memory, command());
    }

    @Test
    void regMr_underAnotherAddress_tellsTheDeviceThatOne() {
        MemorySegment memory = pages(2).asSlice(64, 5000);

        MemoryRegion mr = pd.regMr(memory, 0x5_0000_0040L);

        assertThat(mr.iova()).isEqualTo(0x5_0000_0040L);
        assertThat(RegMr.startAddress(command(), 0)).isEqualTo(0x5_0000_0040L);
        assertDeviceFinds(memory, command());
    }

    @Test
    void defect14_whenNoPageSizeFits_regMrIsEinval_andHoldsNothing() {
        MemorySegment memory = pages(2);

        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, 0x5_0000_0040L));

        assertThat(bench.commands.opcodes()).isEmpty();
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        pd.close();
    }

    @Test
    void regMr_ofAnUnmergedLargeRun_usesLargePages() {
        try (Bench fast = new Bench(Bench.CAPABILITIES, InProcessOptions.FAST)) {
            MemorySegment memory = arena.allocate(8 << 20, 2 << 20);

            fast.device.allocPd().regMr(memory);

            MemorySegment command = fast.commands.last(CommandOpcode.REG_MR);
            assertThat(RegMr.pageShift(command, 0)).isGreaterThanOrEqualTo(21);
            assertThat(RegMr.mttLevel(command, 0)).isZero();
        }
    }

    @Test
    void regMr_ofFourGibibytes_goesIntoAWideTable_thoughTheCommandWouldHoldItsPages(@TempDir Path folder)
            throws IOException {
        PciFunction[] function = new PciFunction[1];
        try (Bench other = new Bench(Bench.CAPABILITIES, InProcessOptions.FAST,
                pci -> function[0] = mock(PciFunction.class, delegatesTo(pci)));
                FileChannel sparse = FileChannel.open(folder.resolve("sparse"), CREATE, READ, WRITE)) {
            MemorySegment memory = sparse.map(FileChannel.MapMode.READ_WRITE, 0, FOUR_GIB, arena);
            doReturn(new RunsMapping().run(5L << 30, FOUR_GIB)).when(function[0]).map(any(), any());

            MemoryRegion mr = other.device.allocPd().regMr(memory, 1L << 40);

            MemorySegment command = other.commands.last(CommandOpcode.REG_MR);
            assertThat(RegMr.pageShift(command, 0)).isEqualTo(30);
            assertThat(RegMr.mttEntriesLow(command, 0)).isEqualTo(4);
            assertThat(RegMr.mttLevel(command, 0)).isEqualTo(1);
            assertThat(RegMr.version(command, 0)).isEqualTo(RegMr.VERSION_WIDE);
            assertThat(RegMr.lengthLow(command, 0)).isZero();
            assertThat(RegMr.lengthHigh(command, 0)).isEqualTo(1);
            assertThat(TableWalk.entry(other.hardware, 1, true, RegMr.tableAddress(command, 0), 3)).isEqualTo(8L << 30);
            assertThat(mr.length()).isEqualTo(FOUR_GIB);
        }
    }

    @Test
    void regMr_ofNothingOrTooMuch_isEinval() {
        DeviceCapabilities small = new DeviceCapabilities(
                1024, 1, 1, 2 * PAGE, 1, false, true, false, Bench.LOCAL_KEY, Bench.CAPABILITIES.congestionControl(),
                0);
        assertRefused(Errno.EINVAL, () -> pd.regMr(pages(1).asSlice(0, 0)));
        try (Bench other = new Bench(small)) {
            ProtectionDomain otherPd = other.device.allocPd();
            assertRefused(Errno.EINVAL, () -> otherPd.regMr(arena.allocate(2 * PAGE + 1, PAGE)));
            otherPd.regMr(pages(2)).close();
        }
        assertRefused(Errno.EINVAL, () -> pd.regMr(pages(2), -PAGE));
    }

    @ParameterizedTest
    @EnumSource(value = Access.class, names = { "REMOTE_WRITE", "REMOTE_ATOMIC" })
    void regMr_forAPeersWrites_withoutLocalWrite_isEinval(Access right) {
        assertRefused(Errno.EINVAL, () -> pd.regMr(pages(1), right, Access.REMOTE_READ));
        assertRefused(Errno.EINVAL, () -> pd.getDmaMr(right));

        pd.regMr(pages(1), right, Access.LOCAL_WRITE);
        assertThat(bench.commands.opcodes()).containsExactly(CommandOpcode.REG_MR);
    }

    @Test
    void regMr_ofReadOnlyMemory_worksWithoutWriteRightsAlone() {
        MemorySegment memory = pages(1).asReadOnly();

        pd.regMr(memory, Access.REMOTE_READ);

        assertRefused(Errno.EINVAL, () -> pd.regMr(memory, Access.LOCAL_WRITE));
    }

    @Test
    void regMr_ofHeapMemory_isEinval() {
        assertRefused(Errno.EINVAL, () -> pd.regMr(MemorySegment.ofArray(new byte[64]), 0x1000));
    }

    @ParameterizedTest
    @EnumSource(value = Errno.class, names = { "EIO", "ETIME", "ENODEV" })
    void regMr_whenTheCommandFails_holdsNothing(Errno errno) {
        bench.commands.fail(CommandOpcode.REG_MR, errno);

        assertRefused(errno, () -> pd.regMr(pages(600)));
        assertRefused(errno, () -> pd.getDmaMr());
        assertRefused(errno, () -> pd.allocMr(8));

        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        assertThat(bench.device.snapshot().memoryRegions()).isEmpty();
        pd.close();
    }

    @Test
    void regMr_whenAllNumbersAreTaken_isEnospc() {
        for (int i = 1; i < Bench.CAPABILITIES.maxMr(); i++) {
            assertThat(pd.getDmaMr().lkey()).isEqualTo(i << 8);
        }

        assertRefused(Errno.ENOSPC, () -> pd.regMr(pages(1)));
        assertRefused(Errno.ENOSPC, () -> pd.allocMr(1));

        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
    }

    @Test
    void numbers_areGivenOutCyclically_andNever0() {
        pd.getDmaMr().close();
        for (int i = 2; i < Bench.CAPABILITIES.maxMr(); i++) {
            pd.getDmaMr().close();
        }

        assertThat(pd.getDmaMr().lkey()).isEqualTo(1 << 8);
    }

    @Test
    void close_deregisters_freesEverything_andIsIdempotent() {
        MemoryRegion mr = pd.regMr(pages(1000), ALL_RIGHTS);

        mr.close();
        mr.close();

        assertThat(bench.commands.all(CommandOpcode.DEREG_MR)).hasSize(1);
        assertThat(DeregMr.mptIndex(bench.commands.last(CommandOpcode.DEREG_MR), 0)).isEqualTo(1);
        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        pd.close();
    }

    @Test
    void close_whenTheCommandFails_freesEverythingAllTheSame() {
        MemoryRegion mr = pd.regMr(pages(1000));
        bench.commands.fail(CommandOpcode.DEREG_MR, Errno.ENODEV);

        mr.close();

        assertThat(bench.hardware.ledger().held(Resource.DMA_MAPPING)).isZero();
        pd.close();
    }

    @Test
    void getDmaMr_isAllMemory_notValidYetUsable() {
        MemoryRegion mr = pd.getDmaMr(Access.LOCAL_WRITE, Access.REMOTE_WRITE);

        MemorySegment command = command();
        assertThat(RegMr.valid(command, 0)).isFalse();
        assertThat(RegMr.type(command, 0)).isEqualTo(RegMr.TYPE_DMA);
        assertThat(RegMr.pageShift(command, 0)).isEqualTo(31);
        assertThat(RegMr.mttEntriesLow(command, 0)).isZero();
        assertThat(RegMr.pd(command, 0)).isEqualTo(pd.pdn());
        assertThat(RegMr.rights(command, 0))
                .isEqualTo(AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE | AccessRights.REMOTE_WRITE);
        assertThat(mr.length()).isEqualTo(MemoryRegion.ALL_MEMORY);
        assertThat(mr.iova()).isZero();
    }

    @Test
    void pd_withRegions_isBusy_untilTheyAreClosed() {
        MemoryRegion user = pd.regMr(pages(1));
        FastRegisterMr fast = pd.allocMr(4);
        assertThat(pd.snapshot()).isEqualTo(new PdSnapshot(1, 2));

        assertRefused(Errno.EBUSY, pd::close);
        user.close();
        assertRefused(Errno.EBUSY, pd::close);
        fast.close();
        pd.close();
        pd.close();

        assertRefused(Errno.EINVAL, () -> pd.regMr(pages(1)));
        assertRefused(Errno.EINVAL, () -> pd.getDmaMr());
        assertRefused(Errno.EINVAL, () -> pd.allocMr(1));
    }

    @Test
    void snapshot_tellsEveryRegion() {
        MemoryRegion user = pd.regMr(pages(5), Access.LOCAL_WRITE);
        pd.getDmaMr();
        pd.allocMr(9);

        assertThat(bench.device.snapshot().memoryRegions()).containsExactly(
                new MrSnapshot(MrSnapshot.Kind.USER, 1, 0x100, 0x100, user.iova(), 5 * PAGE,
                        Access.bits(Access.LOCAL_WRITE), PAGE, 5, 1, 1),
                new MrSnapshot(MrSnapshot.Kind.DMA, 2, 0x200, 0x200, 0, MemoryRegion.ALL_MEMORY, 0, 0, 0, 0, 1),
                new MrSnapshot(MrSnapshot.Kind.FAST_REGISTER, 3, 0x300, 0x300, 0, 0,
                        Access.bits(Access.LOCAL_WRITE, Access.REMOTE_READ, Access.REMOTE_WRITE), PAGE, 9, 1, 1));
    }
}
