package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Mmio;
import io.erdma.core.process.UserProcess;
import io.erdma.core.testing.MmioWrite;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.FreeDb;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserContextTest {
    private static final int SQ_PAGE = 2;
    private static final int RQ_PAGE = 0x62;
    private static final int CQ_PAGE = 0x7A;

    private final Arena arena = Arena.ofShared();
    private final Bench bench = new Bench(Bench.EXTENDED);
    private final ErdmaDevice device = bench.device;
    private final UserProcess process = new UserProcess("app", false, bench.hardware.ledger());
    private final MemorySegment response = arena.allocate(UrespAllocCtx.BYTES, 8);

    {
        bench.commands.answer(CommandOpcode.ALLOC_DB, AllocDbResponse.compose(CQ_PAGE, RQ_PAGE, SQ_PAGE));
    }

    @AfterEach
    void nothingIsLeft() {
        process.close();
        assertThat(device.snapshot().contexts()).isEmpty();
        assertThat(bench.commands.all(CommandOpcode.FREE_DB)).hasSameSizeAs(bench.commands.all(CommandOpcode.ALLOC_DB));
        bench.assertNothingLeft();
        arena.close();
    }

    private UserContext open() {
        return device.openContext(process, response);
    }

    @Test
    void open_asksForAPageOfEachKind_andSaysWhereToMapThem() {
        open();

        MemorySegment command = bench.commands.last(CommandOpcode.ALLOC_DB);
        assertThat(List.of(AllocDb.sq(command, 0), AllocDb.rq(command, 0), AllocDb.cq(command, 0)))
                .containsOnly(true);
        assertThat(UrespAllocCtx.devId(response, 0)).isEqualTo(0x107F);
        assertThat(UrespAllocCtx.sdbType(response, 0)).isZero();
        assertThat(UrespAllocCtx.sdbOffset(response, 0)).isZero();
        assertThat(List.of(UrespAllocCtx.sdb(response, 0), UrespAllocCtx.rdb(response, 0),
                UrespAllocCtx.cdb(response, 0))).doesNotHaveDuplicates();
        assertThat(process.openFiles()).isEqualTo(1);
    }

    @Test
    void mmap_givesThePageInWhichTheKindIsRung() {
        UserContext context = open();
        bench.hardware.forgetWrites();

        page(context, UrespAllocCtx.sdb(response, 0)).write64(8, 1);
        page(context, UrespAllocCtx.rdb(response, 0)).slice(32, 8).write64(0, 2);
        page(context, UrespAllocCtx.cdb(response, 0)).write32(4092, 3);

        assertThat(bench.hardware.writes()).extracting(MmioWrite::offset).containsExactly(
                (SQ_PAGE << 12) + 8L, (RQ_PAGE << 12) + 32L, (CQ_PAGE << 12) + 4092L);
        assertThat(bench.hardware.writes()).extracting(MmioWrite::value).containsExactly(1L, 2L, 3L);
    }

    private static Mmio page(UserContext context, long offset) {
        Mmio page = context.mmap(offset, 4096);
        assertThat(page.bytes()).isEqualTo(4096);
        return page;
    }

    @ParameterizedTest
    @CsvSource({ "1,4096", "12288,4096", "-4096,4096", "0,4095", "0,8192", "0,0", "0,-1", "2048,4096",
        "9223372036854775807,4096" })
    void mmap_ofAnythingElse_isEinval(long offset, long bytes) {
        UserContext context = open();

        assertRefused(Errno.EINVAL, () -> context.mmap(offset, bytes));
    }

    @Test
    void mapping_reachesNothingOutsideItsPage() {
        Mmio page = page(open(), UrespAllocCtx.sdb(response, 0));
        bench.hardware.forgetWrites();

        for (long offset : new long[]{ -8, 4096, Long.MAX_VALUE - 7, Long.MIN_VALUE }) {
            assertThatThrownBy(() -> page.write64(offset, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> page.slice(4090, 8))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(bench.hardware.writes()).isEmpty();
    }

    @Test
    void close_revokesTheDoorbells_andGivesThePagesBack() {
        UserContext context = open();
        Mmio page = page(context, UrespAllocCtx.sdb(response, 0));
        Mmio slice = page.slice(0, 8);
        bench.hardware.set64(SQ_PAGE << 12, 42);
        assertThat(slice.read64(0)).isEqualTo(42);
        assertThat(slice.read32(0)).isEqualTo(42);
        bench.hardware.forgetWrites();

        context.close();
        context.close();
        page.write64(0, 1);
        slice.write64(0, 1);
        slice.write32(0, 1);

        assertThat(bench.hardware.writes()).isEmpty();
        assertThat(slice.read64(0)).isEqualTo(-1);
        assertThat(slice.read32(0)).isEqualTo(-1);
        assertThat(bench.commands.all(CommandOpcode.FREE_DB)).hasSize(1);
        MemorySegment command = bench.commands.last(CommandOpcode.FREE_DB);
        assertThat(FreeDb.sqPage(command, 0)).isEqualTo(SQ_PAGE);
        assertThat(FreeDb.rqPage(command, 0)).isEqualTo(RQ_PAGE);
        assertThat(FreeDb.cqPage(command, 0)).isEqualTo(CQ_PAGE);
        assertThat(process.openFiles()).isZero();
    }

    @Test
    void mapping_ofADriverThatIsGone_isDead() {
        Mmio slice = page(open(), UrespAllocCtx.sdb(response, 0)).slice(0, 8);

        bench.close();

        slice.write64(0, 1);
        assertThat(slice.read64(0)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 39 })
    void open_withAResponseThatIsTooShort_isEinval(int bytes) {
        MemorySegment tooShort = arena.allocate(40).asSlice(0, bytes);
        assertRefused(Errno.EINVAL, () -> device.openContext(process, tooShort));
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    @Test
    void open_withAResponseThatCannotBeWritten_isEfault() {
        MemorySegment gone;
        try (Arena closed = Arena.ofShared()) {
            gone = closed.allocate(40);
        }
        MemorySegment foreign = CompletableFuture.supplyAsync(UserContextTest::confined).join();

        assertRefused(Errno.EFAULT, () -> device.openContext(process, response.asReadOnly()));
        assertRefused(Errno.EFAULT, () -> device.openContext(process, gone));
        assertRefused(Errno.EFAULT, () -> device.openContext(process, foreign));
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    @SuppressWarnings("MustBeClosedChecker") // by the collector: the thread that may close it is not ours
    private static MemorySegment confined() {
        return Arena.ofConfined().allocate(40);
    }

    @Test
    void open_withAResponseOnTheHeap_orLonger_works() {
        device.openContext(process, MemorySegment.ofArray(new byte[40])).close();
        device.openContext(process, MemorySegment.ofArray(new byte[4096])).close();
        assertRefused(Errno.EINVAL, () -> device.openContext(process, MemorySegment.ofArray(new byte[4097])));
    }

    @Test
    void open_whenThePagesAreUsedUp_isTheCommandsError_andHoldsNothing() {
        bench.commands.fail(CommandOpcode.ALLOC_DB, Errno.EIO);

        assertRefused(Errno.EIO, this::open);

        assertThat(device.snapshot().contexts()).isEmpty();
        assertThat(process.openFiles()).isZero();
        bench.commands.failNothing().forget();
    }

    @ParameterizedTest
    @CsvSource({ "95,98,122", "2,97,122", "2,98,121", "0,98,122", "2,98,65535", "2,2,122", "2,98,98" })
    void open_whenTheDeviceGivesPagesThatCannotBeAContexts_isEio(int sqPage, int rqPage, int cqPage) {
        bench.commands.answer(CommandOpcode.ALLOC_DB, AllocDbResponse.compose(cqPage, rqPage, sqPage));

        assertRefused(Errno.EIO, this::open);
    }

    @Test
    void open_withoutExtendedDoorbells_isEperm_unlessTheProgramHasRawIoPrivilege() {
        try (Bench plain = new Bench();
                UserProcess root = new UserProcess("root", true, plain.hardware.ledger())) {
            assertRefused(Errno.EPERM, () -> plain.device.openContext(process, response));

            UserContext context = plain.device.openContext(root, response);
            plain.hardware.forgetWrites();
            page(context, UrespAllocCtx.sdb(response, 0)).write64(0, 1);
            page(context, UrespAllocCtx.rdb(response, 0)).write64(0, 2);
            page(context, UrespAllocCtx.cdb(response, 0)).write64(0, 3);

            assertThat(plain.hardware.writes()).extracting(MmioWrite::offset)
                    .containsExactly(0x1000L, 0x61000L, 0x79000L);
            assertThat(plain.commands.opcodes()).isEmpty();
            context.close();
            plain.assertNothingLeft();
        }
    }

    @Test
    void open_ofMoreContextsThanThereAre_isEnomem_untilOneIsClosed() {
        DeviceParts parts = bench.parts(bench.hardware.pci(), Bench.EXTENDED, bench.reflushQueue);
        Lifetime lifetime = new Lifetime("small");
        QpFactory qps = new QpFactory(parts, lifetime, new Port(bench.netdev, Bench.MAC));
        UserContexts contexts = new UserContexts(parts, lifetime, new CqFactory(parts, lifetime, qps), qps, 2);
        UserContext first = contexts.open(device, process, response);
        contexts.open(device, process, response);

        assertRefused(Errno.ENOMEM, () -> contexts.open(device, process, response));

        assertThat(bench.commands.all(CommandOpcode.ALLOC_DB)).hasSize(2);
        first.close();
        contexts.open(device, process, response);
        assertThat(contexts.all()).hasSize(2);
        contexts.closeAll();
    }

    @Test
    void open_byAProcessThatHasExited_isEsrch() {
        process.close();

        assertRefused(Errno.ESRCH, this::open);
    }

    @Test
    void exitOfTheProcess_endsItsContexts() {
        UserContext first = open();
        UserContext second = open();
        first.regMr(first.allocPd(), arena.allocate(4096, 4096), 0, 0);

        process.close();

        assertRefused(Errno.EBADF, first::allocPd);
        assertRefused(Errno.EBADF, second::allocPd);
        assertThat(device.snapshot().contexts()).isEmpty();
        assertThat(device.snapshot().protectionDomains()).isEmpty();
        assertThat(device.snapshot().memoryRegions()).isEmpty();
    }

    @Test
    void pdsAndMrs_areMadeAndDestroyedByHandle() {
        UserContext context = open();
        MemorySegment memory = arena.allocate(4096, 4096);
        int pd = context.allocPd();

        UserMr mr = context.regMr(pd, memory, memory.address(), Access.LOCAL_WRITE.bit());

        assertThat(mr.lkey()).isEqualTo(mr.rkey()).isNotZero();
        assertThat(context.snapshot()).isEqualTo(new UserContextSnapshot("app", 1, 1, 0, 0, 0, 0));
        assertThat(device.snapshot().memoryRegions()).hasSize(1);
        assertRefused(Errno.EBUSY, () -> context.deallocPd(pd));
        context.deregMr(mr.handle());
        assertRefused(Errno.ENOENT, () -> context.deregMr(mr.handle()));
        context.deallocPd(pd);
        assertRefused(Errno.ENOENT, () -> context.deallocPd(pd));
        assertThat(context.snapshot()).isEqualTo(new UserContextSnapshot("app", 0, 0, 0, 0, 0, 0));
    }

    @Test
    void regMr_leavesOptionalRightsOut() {
        UserContext context = open();
        MemorySegment memory = arena.allocate(4096, 4096);

        context.regMr(context.allocPd(), memory, memory.address(), Access.LOCAL_WRITE.bit() | Access.OPTIONAL);

        assertThat(device.snapshot().memoryRegions()).extracting(MrSnapshot::access)
                .containsExactly(Access.LOCAL_WRITE.bit());
    }

    @Test
    void regMr_refusesWhatKernelVerbsRefuse_andUnknownRights() {
        UserContext context = open();
        int pd = context.allocPd();
        MemorySegment memory = arena.allocate(4096, 4096);

        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, memory.address(), 1 << 4));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, memory.address(), -1));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, memory.address(), Access.REMOTE_WRITE.bit()));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory.asReadOnly(), memory.address(), 1));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory.asSlice(0, 0), memory.address(), 1));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, MemorySegment.ofArray(new byte[64]), 0, 1));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, -64, 1));
        assertThat(context.snapshot().mrs()).isZero();
    }

    @Test
    void handles_afterAWrap_areNotThoseOfObjectsThatThereAre() {
        UserObjects objects = new UserObjects(new AtomicInteger(Integer.MAX_VALUE - 2));
        objects.put(1, "old");

        assertThat(objects.next()).isEqualTo(Integer.MAX_VALUE - 1);
        assertThat(objects.next()).isEqualTo(Integer.MAX_VALUE);
        assertThat(objects.next()).as("1 is taken").isEqualTo(2);
        assertThat(objects.find(1, String.class)).isEqualTo("old");
    }

    @Test
    void regMr_hasNoOnDemandPaging() {
        UserContext context = open();
        int pd = context.allocPd();
        MemorySegment memory = arena.allocate(4096, 4096);

        assertRefused(Errno.EOPNOTSUPP, () -> context.regMr(pd, memory, memory.address(), Access.ON_DEMAND));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, memory.address(), 1 << 19));
        assertRefused(Errno.EINVAL, () -> context.regMr(pd, memory, memory.address(), 1 << 30));
        assertThat(context.snapshot().mrs()).isZero();
    }

    @Test
    void handles_ofAnotherContext_orKind_areEnoent() {
        UserContext mine = open();
        UserContext other = open();
        int pd = mine.allocPd();
        MemorySegment memory = arena.allocate(4096, 4096);
        UserMr mr = mine.regMr(pd, memory, memory.address(), 0);

        assertRefused(Errno.ENOENT, () -> other.deallocPd(pd));
        assertRefused(Errno.ENOENT, () -> other.regMr(pd, memory, memory.address(), 0));
        assertRefused(Errno.ENOENT, () -> other.deregMr(mr.handle()));
        assertRefused(Errno.ENOENT, () -> mine.deallocPd(mr.handle()));
        assertRefused(Errno.ENOENT, () -> mine.deregMr(pd));
        for (int handle : new int[]{ 0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE }) {
            assertRefused(Errno.ENOENT, () -> mine.deallocPd(handle));
        }
        assertThat(mine.snapshot()).isEqualTo(new UserContextSnapshot("app", 1, 1, 0, 0, 0, 0));
    }

    @Test
    void close_takesEverythingAway_alsoWhatIsInUse() {
        UserContext context = open();
        MemorySegment memory = arena.allocate(4096, 4096);
        context.regMr(context.allocPd(), memory, memory.address(), 0);

        context.close();

        assertThat(device.snapshot().protectionDomains()).isEmpty();
        assertThat(device.snapshot().memoryRegions()).isEmpty();
        assertRefused(Errno.EBADF, context::allocPd);
        assertRefused(Errno.EBADF, () -> context.mmap(0, 4096));
        assertRefused(Errno.EBADF, context::queryDevice);
    }

    @Test
    void close_whileAnMrIsMade_leavesNothing() {
        UserContext context = open();
        int pd = context.allocPd();
        MemorySegment memory = arena.allocate(4096, 4096);
        bench.commands.on(CommandOpcode.REG_MR, _ -> context.close());

        assertRefused(Errno.EBADF, () -> context.regMr(pd, memory, memory.address(), 0));

        assertThat(device.snapshot().memoryRegions()).isEmpty();
        assertThat(bench.commands.opcodes()).endsWith(CommandOpcode.DEREG_MR, CommandOpcode.FREE_DB);
    }

    @Test
    void queries_sayWhatTheDeviceSays() {
        UserContext context = open();

        assertThat(context.queryDevice()).isEqualTo(device.attributes().withoutLocalDmaLkey());
        assertThat(context.queryDevice().localDmaLkey()).isZero();
        assertThat(context.queryPort(1)).isEqualTo(device.portAttributes(1));
        assertThat(context.queryGid(1, 0)).isEqualTo(device.gid(1, 0));
        assertRefused(Errno.EINVAL, () -> context.queryPort(2));
        assertRefused(Errno.EINVAL, () -> context.queryGid(1, 1));
    }

    @Test
    void eventsOfPortAndDevice_reachEveryContext() throws InterruptedException {
        UserContext first = open();
        UserContext second = open();
        assertThat(first.pollAsyncEvent()).isEmpty();

        device.portChanged(false);
        device.failed();

        for (UserContext context : List.of(first, second)) {
            assertThat(context.getAsyncEvent()).isEqualTo(new UserAsyncEvent(AsyncEventType.PORT_ERR, 1));
            assertThat(context.getAsyncEvent()).isEqualTo(new UserAsyncEvent(AsyncEventType.DEVICE_FATAL, 0));
            assertThat(context.pollAsyncEvent()).isEmpty();
        }
    }

    @Test
    void removalOfTheDevice_isTold_thenContextsAreDead() throws InterruptedException {
        UserContext context = open();

        device.close();

        assertThat(context.getAsyncEvent().type()).isEqualTo(AsyncEventType.DEVICE_FATAL);
        assertRefused(Errno.EIO, context::getAsyncEvent);
        assertRefused(Errno.EIO, context::pollAsyncEvent);
        assertRefused(Errno.ENODEV, context::allocPd);
        assertRefused(Errno.ENODEV, this::open);
        context.close();
        assertThat(process.openFiles()).isZero();
    }

    @Test
    void removalOfTheDevice_whileAContextIsOpened_refusesIt() {
        bench.commands.on(CommandOpcode.ALLOC_DB, _ -> device.close());

        assertRefused(Errno.ENODEV, this::open);
    }

    @Test
    void close_wakesWhoWaitsForAnEvent() {
        UserContext context = open();
        CompletableFuture<Errno> waiter = CompletableFuture.supplyAsync(() -> {
            try {
                context.getAsyncEvent();
                return Errno.EINVAL;
            } catch (ErrnoException e) {
                return e.errno();
            } catch (InterruptedException e) {
                return Errno.ECANCELED;
            }
        });

        context.close();

        assertThat(waiter.join()).isEqualTo(Errno.EIO);
    }
}
