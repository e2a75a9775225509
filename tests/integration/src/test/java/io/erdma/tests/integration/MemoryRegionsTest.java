package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.verbs.MemoryRegion;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Regions of every size and kind of page list, through which peers read and write; and what becomes of those that go away in use. */
class MemoryRegionsTest {
    private static final int PAGE = 4096;

    /** Every level of tables that scattered memory of a size needs, with and without the capability of scattered tables. */
    static Stream<Arguments> sizes() {
        List<Arguments> all = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (boolean scatteredTables : new boolean[]{ true, false }) {
                all.add(Arguments.of(mode, scatteredTables, 1, 0));
                all.add(Arguments.of(mode, scatteredTables, PAGE, 0));
                all.add(Arguments.of(mode, scatteredTables, 4 * PAGE, 0));
                all.add(Arguments.of(mode, scatteredTables, 4 * PAGE + 1, 1));
                all.add(Arguments.of(mode, scatteredTables, 512 * PAGE, 1));
                all.add(Arguments.of(mode, scatteredTables, 513 * PAGE, scatteredTables ? 2 : 1));
                all.add(Arguments.of(mode, scatteredTables, 1500 * PAGE - 7, scatteredTables ? 2 : 1));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} scattered tables={1} {2} bytes level {3}")
    @MethodSource("sizes")
    void everyByte_isWhereItBelongs(Mode mode, boolean scatteredTables, int bytes, int level) {
        FunctionSpec function = FunctionSpec.builder().scatteredMtt(scatteredTables).build();
        try (Tenants tenants = Tenants.on(mode.with(function));
                Pair pair = tenants.pair();
                Arena arena = Arena.ofShared()) {
            MemorySegment source = arena.allocate(bytes, PAGE);
            MemorySegment target = arena.allocate(bytes, PAGE);
            MemorySegment back = arena.allocate(bytes, PAGE);
            fill(source);
            try (MemoryRegion from = pair.left().pd.regMr(source);
                    MemoryRegion to = pair.right().pd.regMr(target, Access.values());
                    MemoryRegion again = pair.left().pd.regMr(back, Access.LOCAL_WRITE)) {
                assertThat(to.snapshot().tableLevel()).isEqualTo(level);
                transfer(pair, WrOpcode.RDMA_WRITE, from, to, bytes);
                assertThat(target.mismatch(source)).isEqualTo(-1);
                transfer(pair, WrOpcode.RDMA_READ, again, to, bytes);
                assertThat(back.mismatch(source)).isEqualTo(-1);
            }
        }
    }

    /** A region over 1 GiB of scattered pages needs three levels; its file is sparse, so only the pages that are written take memory. */
    @ParameterizedTest
    @EnumSource
    void threeLevelsOfTables_leadToEveryPage_asReadAndWritten(Mode mode, @TempDir Path folder) throws IOException {
        long bytes = (512L * 512 + 1) * PAGE + 1;
        int length = 3 * PAGE - 5;
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair(); Arena arena = Arena.ofShared()) {
            MemorySegment target = sparse(folder.resolve("target"), bytes, arena);
            try (MemoryRegion to = pair.right().pd.regMr(target, Access.values())) {
                assertThat(to.snapshot().tableLevel()).isEqualTo(3);
                fill(pair.left().memory);
                // the ends of the region, of tables of the lowest level, and of the only full one of the middle level
                List<Long> places = List.of(0L, 511L * PAGE + 3, 100_000L * PAGE - 1, 512L * 511 * PAGE - 1,
                        512L * 512 * PAGE - 2 * PAGE + 5, bytes - length);
                for (long place : places) {
                    pair.left().post(request(WrOpcode.RDMA_WRITE, pair.left().mr, place % 512, to, place, length));
                    pair.left().awaitOk();
                    assertThat(target.asSlice(place, length)
                            .mismatch(pair.left().memory.asSlice(place % 512, length))).isEqualTo(-1);
                    MemorySegment back = pair.left().memory.asSlice(32 << 10, length);
                    back.fill((byte) 0);
                    pair.left().post(request(WrOpcode.RDMA_READ, pair.left().mr, 32 << 10, to, place, length));
                    pair.left().awaitOk();
                    assertThat(back.mismatch(target.asSlice(place, length))).isEqualTo(-1);
                    target.asSlice(place, length).fill((byte) 0);
                }
                for (long place : places) { // nothing lies where it does not belong
                    long from = Math.max(0, place - 8 * PAGE);
                    long end = Math.min(bytes, place + 8 * PAGE);
                    assertThat(target.asSlice(from, end - from).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
                }
            }
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena is the caller's
    private static MemorySegment sparse(Path file, long bytes, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        }
    }

    private static void fill(MemorySegment segment) {
        SplittableRandom random = new SplittableRandom(segment.byteSize());
        for (long at = 0; at < segment.byteSize(); at++) {
            segment.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
    }

    private static void transfer(Pair pair, WrOpcode opcode, MemoryRegion local, MemoryRegion remote, int bytes) {
        pair.left().post(request(opcode, local, 0, remote, 0, bytes));
        pair.left().awaitOk();
    }

    private static SendRequest request(WrOpcode opcode, MemoryRegion local, long from, MemoryRegion remote, long to,
            int bytes) {
        SendRequest request = new SendRequest().addSge(local.iova() + from, bytes, local.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = remote.iova() + to;
        request.remoteKey = remote.rkey();
        return request;
    }

    @ParameterizedTest
    @EnumSource
    void oddOffsetsAndLengths_acrossPages(Mode mode) {
        int bytes = 40 * PAGE;
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair(); Arena arena = Arena.ofShared()) {
            MemorySegment source = arena.allocate(bytes, PAGE);
            MemorySegment target = arena.allocate(bytes, PAGE);
            MemorySegment expected = arena.allocate(bytes, PAGE);
            fill(source);
            SplittableRandom random = new SplittableRandom(7);
            try (MemoryRegion from = pair.left().pd.regMr(source);
                    MemoryRegion to = pair.right().pd.regMr(target, Access.values())) {
                for (int n = 0; n < 300; n++) {
                    int length = random.nextInt(3 * PAGE);
                    long read = random.nextInt(bytes - length);
                    long written = random.nextInt(bytes - length);
                    pair.left().post(request(WrOpcode.RDMA_WRITE, from, read, to, written, length));
                    pair.left().awaitOk();
                    MemorySegment.copy(source, read, expected, written, length);
                    assertThat(target.mismatch(expected)).as("round %d", n).isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void regionUnderAnotherAddress_isNamedByThatAddress(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            Side right = pair.right();
            try (MemoryRegion moved = right.pd.regMr(right.memory.asSlice(8192, 8192), 0x7000_0000_0000L,
                    Access.values())) {
                pair.left().putLong(0, 4242);
                pair.left().post(request(WrOpcode.RDMA_WRITE, pair.left().mr, 0, moved, 4096 - 8, 8));
                pair.left().awaitOk();
                assertThat(right.getLong(8192 + 4096 - 8)).isEqualTo(4242);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void regionDeregisteredUnderWrites_takesNoByteAfterwards(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair(); Arena arena = Arena.ofShared()) {
            MemorySegment target = arena.allocate(PAGE, PAGE);
            MemoryRegion region = pair.right().pd.regMr(target, Access.values());
            Thread writer = Thread.ofPlatform().start(() -> writeUntilRefused(pair.left(), region));
            Await.until("the first bytes have come", () -> target.get(ValueLayout.JAVA_LONG, 0) != 0);

            region.close();

            target.fill((byte) 0x33);
            writer.join();
            assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x33);
        }
    }

    private static void writeUntilRefused(Side side, MemoryRegion target) {
        SendRequest write = request(WrOpcode.RDMA_WRITE, side.mr, 0, target, 0, 64);
        WorkCompletion completion;
        long value = 1;
        do {
            side.putLong(0, value++);
            side.post(write);
            completion = side.await();
        } while (completion.ok());
        assertThat(completion.status).isEqualTo(WcStatus.REM_ACCESS_ERR);
    }

    static Stream<Arguments> modesAndTaggedOpcodes() {
        List<WrOpcode> opcodes = List.of(WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM, WrOpcode.RDMA_READ,
                WrOpcode.ATOMIC_CMP_AND_SWP, WrOpcode.ATOMIC_FETCH_AND_ADD);
        return Stream.of(Mode.values()).flatMap(mode -> opcodes.stream().map(each -> Arguments.of(mode, each)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("modesAndTaggedOpcodes")
    @SuppressWarnings("MustBeClosedChecker") // closed where the test is about it
    void arenaClosedUnderARegion_isAnAccessError_neverAnException(Mode mode, WrOpcode opcode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            Arena arena = Arena.ofShared();
            MemoryRegion region = pair.right().pd.regMr(arena.allocate(3 * PAGE, PAGE), Access.values());
            boolean immediate = opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
            if (immediate) {
                pair.right().receiveEmpty(1);
                pair.right().receiveEmpty(2);
            }
            pair.left().post(request(opcode, pair.left().mr, 0, region, 0, PAGE));
            pair.left().awaitOk();
            if (immediate) {
                assertThat(pair.right().awaitOk().wrId).isEqualTo(1);
            }
            fill(pair.left().memory);
            byte[] before = pair.left().bytes(0, Side.BYTES);

            arena.close();

            pair.left().post(request(opcode, pair.left().mr, 0, region, 0, PAGE));
            pair.left().await(WcStatus.REM_ACCESS_ERR);
            pair.right().awaitEvent();
            assertThat(pair.left().bytes(0, Side.BYTES)).isEqualTo(before);
            if (immediate) {
                assertThat(pair.right().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(2);
            }
            region.close();
            bystander.assertWorks();
        }
    }
}
