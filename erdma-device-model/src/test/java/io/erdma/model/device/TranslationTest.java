package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Mtt;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory regions over scattered pages and several windows, and the tables that name them. */
class TranslationTest {
    private static final int RIGHTS = AccessRights.ALL_BUT_ATOMIC | AccessRights.REMOTE_ATOMIC;
    private static final long VA = 0x5555_0000_0000L;
    private static final int INDEX = 30;
    private static final int STAG = INDEX << 8 | 7;

    /** Pages of a buffer in a shuffled order. */
    private static long[] scatter(TestHost host, int count, long pageBytes) {
        long base = host.memory.take(count * pageBytes, pageBytes);
        long[] pages = new long[count];
        for (int i = 0; i < count; i++) {
            pages[i] = base + (i * 7L + 3) % count * pageBytes;
        }
        return pages;
    }

    /** A table of these entries; at level 2 and 3 in scattered pages of 512. */
    private static long table(TestHost host, long[] entries, int level) {
        if (level == 1) {
            long address = host.memory.take(8L * entries.length + 8, 8);
            address += (address & 8) == 0 ? 8 : 0; // only 8-byte aligned
            for (int i = 0; i < entries.length; i++) {
                Mtt.setEntry(host.all(), HostMemoryArea.at(address), i, entries[i]);
            }
            return address;
        }
        int lowest = (entries.length + 511) / 512;
        long[] tables = new long[lowest];
        for (int t = lowest - 1; t >= 0; t--) {
            tables[t] = host.memory.take(4096, 4096);
            for (int i = 0; i < 512 && t * 512 + i < entries.length; i++) {
                Mtt.setEntry(host.all(), HostMemoryArea.at(tables[t]), i, entries[t * 512 + i]);
            }
        }
        return table(host, tables, level - 1);
    }

    private static int register(TestHost host, long start, long length, long[] pages, int shift, int level) {
        long top = level == 0 ? 0 : table(host, pages, level);
        return host.command(CommandOpcode.REG_MR, (slot, offset) -> {
            slot.asSlice(offset + 32, 32).fill((byte) 0xB7);
            RegMr.setMptIndex(slot, offset, INDEX);
            RegMr.setKey(slot, offset, 7);
            RegMr.setValid(slot, offset, true);
            RegMr.setPd(slot, offset, TestHost.PD);
            RegMr.setRights(slot, offset, RIGHTS);
            RegMr.setStartAddress(slot, offset, start);
            RegMr.setLengthLow(slot, offset, length & 0xFFFF_FFFFL);
            RegMr.setPageShift(slot, offset, shift);
            RegMr.setMttLevel(slot, offset, level);
            RegMr.setMttEntriesLow(slot, offset, pages.length);
            if (level == 0) {
                for (int i = 0; i < pages.length; i++) {
                    RegMr.setPage(slot, offset, i, pages[i]);
                }
            } else {
                RegMr.setTableAddress(slot, offset, top);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({ "3,0,12", "4,0,16", "1,1,12", "5,1,12", "600,1,12", "1,2,12", "600,2,12", "1100,2,12", "1,3,12",
        "1100,3,12" })
    void anyLevel_placesEveryByte_whereItsPageIs(int count, int level, int shift) {
        try (Pair pair = new Pair()) {
            long page = 1L << shift;
            long[] pages = scatter(pair.bob, count, page);
            long start = VA + 1234;
            long length = Math.min(count * page - 1234 - 17, Pair.BYTES);
            // the region may be longer than what is written
            assertThat(register(pair.bob, start, count * page - 1234 - 17, pages, shift, level)).isZero();

            pair.out.write(TestQp.SIGNALED, STAG, start, pair.from(0, length)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            byte[] expected = pair.source.copy(0, length);
            for (long i = 0; i < length; i += 1 + i / 3) {
                long inRegion = 1234 + i;
                long device = pages[(int) (inRegion >>> shift)] + (inRegion & (page - 1));
                assertThat(pair.bob.all().get(ValueLayout.JAVA_BYTE, HostMemoryArea.at(device)))
                        .isEqualTo(expected[(int) i]);
            }
            pair.out.read(TestQp.SIGNALED, pair.from(0, length), STAG, start).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.source.copy(0, length)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({ "2", "3" })
    void scatteredTable_withoutTheCapability_isRefused(int level) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host(FunctionSpec.builder().scatteredMtt(false).build());
            assertThat(register(host, VA, 4096, scatter(host, 1, 4096), 12, level)).isNotZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "too-few-pages", "too-many-pages", "small-page", "unreachable-page", "unreachable-table",
        "wrap", "empty" })
    void regionThatCannotBe_isRefused(String what) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            long[] pages = scatter(host, 4, 4096);
            int syndrome = switch (what) {
                case "too-few-pages" -> register(host, VA + 1, 4 * 4096, pages, 12, 1);
                case "too-many-pages" -> register(host, VA, 3 * 4096, pages, 12, 1);
                case "small-page" -> register(host, VA, 4 * 2048, pages, 11, 1);
                case "unreachable-page" ->
                    register(host, VA, 4 * 4096, new long[]{ pages[0], pages[1], 64, pages[3] }, 12, 1);
                case "wrap" -> register(host, -4096, 2 * 4096, new long[]{ pages[0], pages[1] }, 12, 1);
                case "empty" -> register(host, VA, 0, pages, 12, 1);
                default -> host.command(CommandOpcode.REG_MR, (slot, offset) -> {
                    RegMr.setMptIndex(slot, offset, INDEX);
                    RegMr.setValid(slot, offset, true);
                    RegMr.setLengthLow(slot, offset, 4096);
                    RegMr.setPageShift(slot, offset, 12);
                    RegMr.setMttLevel(slot, offset, 1);
                    RegMr.setMttEntriesLow(slot, offset, 1);
                    RegMr.setTableAddress(slot, offset, 64);
                });
            };
            assertThat(syndrome).isNotZero();
            assertThat(register(host, VA, 4 * 4096, pages, 12, 1)).isZero();
        }
    }

    /** 2²⁴ pages, of which no table is there. */
    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 3 })
    void tableThatIsNotThere_costsNoMemory(int level) {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            long table = host.memory.take(4096, 4096);
            CommandBody request = (slot, offset) -> {
                RegMr.setMptIndex(slot, offset, INDEX);
                RegMr.setValid(slot, offset, true);
                RegMr.setVersion(slot, offset, RegMr.VERSION_WIDE);
                RegMr.setLengthHigh(slot, offset, 1L << (24 + 12 - 32));
                RegMr.setPageShift(slot, offset, 12);
                RegMr.setMttPageShift(slot, offset, 12);
                RegMr.setMttLevel(slot, offset, level);
                RegMr.setMttEntriesHigh(slot, offset, 1 << (24 - 20));
                RegMr.setTableAddress(slot, offset, level < 3 ? 64 : table);
            };
            assertThat(host.command(CommandOpcode.REG_MR, request)).isNotZero();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            assertThat(host.command(CommandOpcode.REG_MR, request)).isNotZero();
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
        }
    }

    /** Its last byte is the last one that 64 bits can name. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void regionThatEndsAtTheEndOfTheAddresses_canBeUsedToItsLastByte(boolean byRequest) {
        try (Pair pair = new Pair()) {
            long[] pages = scatter(pair.bob, 1, 4096);
            if (byRequest) {
                assertThat(pair.bob.command(CommandOpcode.REG_MR, (slot, offset) -> {
                    RegMr.setMptIndex(slot, offset, INDEX);
                    RegMr.setPd(slot, offset, TestHost.PD);
                    RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
                    RegMr.setRights(slot, offset, RIGHTS);
                    RegMr.setPageShift(slot, offset, 12);
                    RegMr.setMttLevel(slot, offset, 1);
                    RegMr.setMttEntriesLow(slot, offset, 1);
                    RegMr.setTableAddress(slot, offset, pages[0]);
                })).isZero();
                pair.in.registerInline(TestQp.SIGNALED, STAG, RIGHTS, -4096, 4096, pages).ring();
                assertThat(pair.bobCq.poll().syndrome()).isZero();
            } else {
                assertThat(register(pair.bob, -4096, 4096, pages, 12, 0)).isZero();
            }

            pair.out.write(TestQp.SIGNALED, STAG, -4096, pair.from(1, 4096)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.bob.memory.slice(pages[0], 4096).mismatch(pair.source.memory().asSlice(1, 4096)))
                    .isEqualTo(-1);
            pair.out.write(TestQp.SIGNALED, STAG, -4095, pair.from(1, 4096)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_WRAP);
        }
    }

    @Test
    void wideLength_countsFromVersionOne_atLevelOne() {
        try (TestCard card = new TestCard()) {
            TestHost host = card.host();
            try (Arena arena = Arena.ofShared()) {
                // 5 pages of 1 GiB, of which only the space is asked: one window over the same small memory can't be, so map sparsely
                MemorySegment memory = arena.allocate(4096, 4096);
                host.space.map(memory, 1L << 40, true);
                long length = (4L << 30) + 4096;
                long table = table(host, new long[]{ 1L << 40, 1L << 40, 1L << 40, 1L << 40, 1L << 40 }, 1);
                // refused, as most of it is not there: the length was not cut to 4096
                assertThat(host.command(CommandOpcode.REG_MR, (slot, offset) -> {
                    RegMr.setMptIndex(slot, offset, INDEX);
                    RegMr.setValid(slot, offset, true);
                    RegMr.setVersion(slot, offset, RegMr.VERSION_WIDE);
                    RegMr.setLengthLow(slot, offset, length & 0xFFFF_FFFFL);
                    RegMr.setLengthHigh(slot, offset, length >>> 32);
                    RegMr.setPageShift(slot, offset, 30);
                    RegMr.setMttLevel(slot, offset, 1);
                    RegMr.setMttEntriesLow(slot, offset, 5);
                    RegMr.setTableAddress(slot, offset, table);
                })).isNotZero();
                host.space.unmap(1L << 40);
            }
        }
    }

    @Test
    void regionOverSeveralWindows_isWalked() {
        try (Pair pair = new Pair(); Arena arena = Arena.ofShared()) {
            long base = 1L << 41;
            MemorySegment[] parts = new MemorySegment[5];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = arena.allocate(1000 * 8, 8);
                pair.bob.space.map(parts[i], base + 8000L * i, true);
            }
            assertThat(register(pair.bob, VA, 5 * 8000, new long[]{ base }, 20, 0)).isZero();

            pair.out.write(TestQp.SIGNALED, STAG, VA + 7000, pair.from(0, 20_000)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(parts[0].asSlice(7000, 1000).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(pair.source.copy(0, 1000));
            assertThat(parts[2].toArray(ValueLayout.JAVA_BYTE)).isEqualTo(pair.source.copy(9000, 8000));

            pair.bob.space.unmap(base + 16_000);
            pair.out.write(0, STAG, VA, pair.from(0, 20_000)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(4);
            for (int i = 0; i < parts.length; i++) {
                pair.bob.space.unmap(base + 8000L * i);
            }
        }
    }

    @Test
    void readOnlyWindow_isNotWritten() {
        try (Pair pair = new Pair(); Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(4096, 4096);
            pair.bob.space.map(memory, 1L << 41, false);
            assertThat(register(pair.bob, VA, 4096, new long[]{ 1L << 41 }, 12, 0)).isZero();

            pair.out.read(TestQp.SIGNALED, pair.from(0, 16), STAG, VA).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            pair.out.write(0, STAG, VA, pair.from(100, 16)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(4);
            pair.bob.space.unmap(1L << 41);
        }
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker") // closed where the test is about it
    void arenaClosedUnderARegion_isAnAddressError() {
        try (Pair pair = new Pair()) {
            Arena arena = Arena.ofShared();
            pair.bob.space.map(arena.allocate(4096, 4096), 1L << 41, true);
            assertThat(register(pair.bob, VA, 4096, new long[]{ 1L << 41 }, 12, 0)).isZero();
            arena.close();

            pair.out.write(0, STAG, VA, pair.from(100, 16)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(4);
            pair.bob.space.unmap(1L << 41);
        }
    }

    @Test
    void randomTransfers_overScatteredRegions_matchAReference() {
        long seed = 20261122;
        Random random = new Random(seed);
        try (Pair pair = new Pair(FunctionSpec.defaults())) {
            int count = 40;
            long[] pages = scatter(pair.bob, count, 4096);
            long bytes = count * 4096L;
            assertThat(register(pair.bob, VA, bytes, pages, 12, 1)).isZero();
            byte[] model = new byte[(int) bytes];
            for (int round = 0; round < 500; round++) {
                int length = 1 + random.nextInt(9000);
                int to = random.nextInt((int) bytes - length);
                int from = random.nextInt((int) Pair.BYTES - length);
                pair.out.write(TestQp.SIGNALED, STAG, VA + to, pair.from(from, length / 2),
                        pair.from(from + length / 2, length - length / 2)).ring();
                assertThat(pair.aliceCq.poll().syndrome()).isZero();
                System.arraycopy(pair.source.copy(from, length), 0, model, to, length);
            }
            for (int i = 0; i < count; i++) {
                byte[] page = pair.bob.memory.slice(pages[i], 4096).toArray(ValueLayout.JAVA_BYTE);
                assertThat(page).as("page %d, seed %d", i, seed)
                        .isEqualTo(Arrays.copyOfRange(model, i * 4096, (i + 1) * 4096));
            }
        }
    }

    @Test
    void wholeRegionMayBeUsed_withEqualKeyOnly_ofItsOwnFunction() {
        try (Pair pair = new Pair()) {
            Piece all = pair.from(0, Pair.BYTES);
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), all).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.target.copy(0, 100)).isEqualTo(pair.source.copy(0, 100));
        }
    }
}
