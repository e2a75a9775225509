package io.erdma.verbs;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.Cqe;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.qp.ConnectionParameters;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A device on a fake function: what probe brings up, with a command channel that tells what it was asked. */
final class Bench implements AutoCloseable {
    static final MacAddress MAC = MacAddress.parse("00:16:3e:01:02:03");
    static final int LOCAL_KEY = 0xABCD_EF00;
    static final DeviceCapabilities CAPABILITIES = new DeviceCapabilities(
            1024, 1 << 20, 1 << 15, 1L << 40, 1 << 10, true, true, false, LOCAL_KEY, CongestionControl.CUBIC,
            0x0102_0304);
    static final DeviceCapabilities EXTENDED = new DeviceCapabilities(
            1024, 1 << 20, 1 << 15, 1L << 40, 1 << 10, true, true, true, LOCAL_KEY, CongestionControl.CUBIC,
            0x0102_0304);
    static final QpCapabilities SIZES = new QpCapabilities(16, 8, 2, 1, 64);
    static final ConnectionParameters CONNECTION = new ConnectionParameters(
            CongestionControl.HPCC_ECN, 0x1234, 0x0A00_0001, 4000, 0x0A00_0002, 7174, 100, 200, 28);

    final FakeFunction hardware;
    final FakeCommands commands = new FakeCommands();
    final ManualClock clock = new ManualClock();
    final ManualWorkQueue reflushQueue;
    final EventRouter router = new EventRouter();
    final NetdevRegistry netdevs = new NetdevRegistry();
    final Netdev netdev = netdevs.register("eth0", MAC, 1500, 25_000);
    final DmaPool records;
    final DmaPool responses;
    final ErdmaDevice device;
    private final Bar bar;

    Bench() {
        this(CAPABILITIES, InProcessOptions.STRICT);
    }

    Bench(DeviceCapabilities capabilities) {
        this(capabilities, InProcessOptions.STRICT);
    }

    Bench(DeviceCapabilities capabilities, InProcessOptions options) {
        this(capabilities, options, pci -> pci);
    }

    /** The driver gets what a decorator makes of the function. */
    Bench(DeviceCapabilities capabilities, InProcessOptions options, UnaryOperator<PciFunction> decorator) {
        this.hardware = FakeFunction.builder().identity(new PciIdentity("0000:00:05.0", 0x1DED, 0x107F, 3))
                .options(options).build();
        PciFunction pci = decorator.apply(hardware.pci());
        pci.enable();
        this.bar = pci.mapBar(0);
        this.records = new DmaPool(pci, Long.BYTES);
        this.responses = new DmaPool(pci, 256);
        this.reflushQueue = new ManualWorkQueue(clock, hardware.ledger());
        this.device = ErdmaDevice.create("erdma_0", parts(pci, capabilities, reflushQueue), netdev);
    }

    DeviceParts parts(PciFunction pci, DeviceCapabilities capabilities, WorkQueue queue) {
        return new DeviceParts(pci, commands, capabilities, MAC, DeviceParts.Doorbells.of(bar), records, responses, 3,
                router,
                queue);
    }

    /** Closes the device, and everything that it took is back. */
    void assertNothingLeft() {
        device.close();
        Assertions.assertThat(records.inUse()).as("doorbell records").isZero();
        Assertions.assertThat(responses.inUse()).as("responses").isZero();
        Assertions.assertThat(reflushQueue.delayed()).as("delayed work").isZero();
        close();
        Assertions.assertThat(hardware.ledger().outstanding()).isEmpty();
    }

    @Override
    public void close() {
        device.close();
        reflushQueue.close();
        records.close();
        responses.close();
        bar.close();
    }

    QueuePair createQp(ProtectionDomain pd, CompletionQueue cq) {
        return pd.createQp(QpInitAttributes.of(cq).capabilities(SIZES).build());
    }

    /** Writes CQE {@code index} of the CQ that was made last, as the device does. */
    void complete(int index, int qpn, int queueType, int opcode, int syndrome, int wqeIndex) {
        MemorySegment create = commands.last(CommandOpcode.CREATE_CQ);
        int depth = 1 << CreateCq.log2Depth(create, 0);
        MemorySegment ring = hardware.at(CreateCq.bufferAddress(create, 0), (long) depth * Cqe.BYTES);
        long at = RingIndex.offset(index, depth, Cqe.SHIFT);
        Cqe.setQpn(ring, at, qpn);
        Cqe.setWqeIndex(ring, at, wqeIndex);
        Cqe.setByteCount(ring, at, 8);
        int owner = (index & depth) == 0 ? 1 : 0;
        Cqe.store(ring, at, Cqe.compose(owner, opcode, queueType, syndrome));
    }

    static WorkCompletion[] completions(int count) {
        return WorkCompletion.array(count);
    }

    static void assertRefused(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(
                ErrnoException.class, e -> Assertions.assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno));
    }
}
