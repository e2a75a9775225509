package io.erdma.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.process.UserProcess;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.Cqe;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.verbs.DeviceCapabilities;
import io.erdma.verbs.DeviceParts;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.EventRouter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A device whose driver is real and whose hardware is a test's hand: commands succeed and are remembered, completions are written by {@link #complete}. */
final class Rig implements AutoCloseable, CommandChannel {
    static final int SQ_PAGE = 2;
    static final int RQ_PAGE = 0x62;
    static final int CQ_PAGE = 0x7A;
    static final QpCapabilities SIZES = new QpCapabilities(16, 8, 6, 1, 96);

    final FakeFunction hardware;
    final EventRouter router = new EventRouter();
    final ErdmaDevice device;
    final UserProcess process;
    final Arena arena = Arena.ofShared();
    final List<CommandOpcode> commands = new CopyOnWriteArrayList<>();
    private final Map<CommandOpcode, MemorySegment> last = new ConcurrentHashMap<>();
    private volatile Optional<CommandOpcode> failing = Optional.empty();
    private volatile Runnable onCreate = () -> {};
    private final ManualWorkQueue queue;
    private final DmaPool records;
    private final DmaPool responses;
    private final Bar bar;

    Rig() {
        this(InProcessOptions.STRICT);
    }

    Rig(InProcessOptions options) {
        hardware = FakeFunction.builder().options(options).build();
        PciFunction pci = hardware.pci();
        pci.enable();
        bar = pci.mapBar(0);
        records = new DmaPool(pci, Long.BYTES);
        responses = new DmaPool(pci, 256);
        queue = new ManualWorkQueue(new ManualClock(), hardware.ledger());
        MacAddress mac = MacAddress.parse("00:16:3e:01:02:03");
        DeviceCapabilities capabilities = new DeviceCapabilities(1024, 1 << 20, 1 << 15, 1L << 40, 1, true, true, true,
                0xABCD_EF00, CongestionControl.CUBIC, 1);
        device = ErdmaDevice.create("erdma_0", new DeviceParts(pci, this, capabilities, mac,
                DeviceParts.Doorbells.of(bar), records, responses, 3, router, queue),
                new NetdevRegistry().register("eth0", mac, 1500, 25_000));
        process = new UserProcess("app", false, hardware.ledger());
    }

    Context open() {
        return Context.open(device, process);
    }

    @Override
    public CommandResponse execute(CommandOpcode opcode, CommandBody body) {
        MemorySegment slot = Arena.ofAuto().allocate(CommandHeader.COMMAND_BYTES, Long.BYTES);
        body.write(slot, 0);
        last.put(opcode, slot);
        commands.add(opcode);
        if (failing.equals(Optional.of(opcode))) {
            throw new ErrnoException(Errno.EIO, "planned");
        }
        if (opcode == CommandOpcode.CREATE_CQ || opcode == CommandOpcode.CREATE_QP) {
            onCreate.run();
        }
        return opcode == CommandOpcode.ALLOC_DB
                ? AllocDbResponse.compose(CQ_PAGE, RQ_PAGE, SQ_PAGE)
                : CommandResponse.NONE;
    }

    void fail(CommandOpcode opcode) {
        failing = Optional.of(opcode);
    }

    /** Runs this within the next CREATE_CQ or CREATE_QP. */
    void onCreate(Runnable action) {
        onCreate = () -> {
            onCreate = () -> {};
            action.run();
        };
    }

    MemorySegment last(CommandOpcode opcode) {
        return last.get(opcode);
    }

    /** Writes CQE {@code index} of the CQ that was made last, a ring of one page or run, as the device does. */
    void complete(int index, int qpn, int queueType, int opcode, int syndrome, int wqeIndex) {
        MemorySegment create = last(CommandOpcode.CREATE_CQ);
        int depth = 1 << CreateCq.log2Depth(create, 0);
        long bytes = (long) depth * Cqe.BYTES;
        MemorySegment ring = hardware.at(CreateCq.bufferAddress(create, 0) + CreateCq.pageOffset(create, 0), bytes);
        long at = RingIndex.offset(index, depth, Cqe.SHIFT);
        Cqe.setQpn(ring, at, qpn);
        Cqe.setWqeIndex(ring, at, wqeIndex);
        Cqe.setByteCount(ring, at, 8);
        int owner = (index & depth) == 0 ? 1 : 0;
        Cqe.store(ring, at, Cqe.compose(owner, opcode, queueType, syndrome));
    }

    long sqDoorbell(int qpn) {
        return (SQ_PAGE << 12) + (qpn & 31) * 128L;
    }

    long rqDoorbell(int qpn) {
        return (RQ_PAGE << 12) + (qpn & 127) * 32L;
    }

    long cqDoorbell(int cqn) {
        return (CQ_PAGE << 12) + (cqn & 511) * 8L;
    }

    static void assertRefused(Errno errno, ThrowingCallable call) {
        ErrnoException failure = catchThrowableOfType(ErrnoException.class, call);
        assertThat(failure).as("refused with " + errno).isNotNull();
        assertThat(failure.errno()).as(failure.getMessage()).isEqualTo(errno);
    }

    /** Neither kernel nor program holds anything. */
    void assertNothingLeft() {
        assertThat(device.snapshot().contexts()).isEmpty();
        assertThat(device.snapshot().queuePairs()).isEmpty();
        assertThat(device.snapshot().completionQueues()).isEmpty();
        assertThat(device.snapshot().memoryRegions()).isEmpty();
        assertThat(device.snapshot().protectionDomains()).isEmpty();
        assertThat(process.memoryBytes()).as("memory of the program").isZero();
        assertThat(process.openFiles()).isZero();
        close();
        assertThat(hardware.ledger().outstanding()).isEmpty();
    }

    @Override
    public void close() {
        process.close();
        device.close();
        queue.close();
        records.close();
        responses.close();
        bar.close();
        arena.close();
    }
}
