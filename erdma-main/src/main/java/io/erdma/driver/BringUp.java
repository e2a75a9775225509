package io.erdma.driver;

import io.erdma.cmdq.CommandQueue;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.net.MacAddress;
import io.erdma.eq.AsyncEventQueue;
import io.erdma.eq.CompletionEventQueues;
import io.erdma.hw.DeviceProtocol;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Limits;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.verbs.DeviceCapabilities;
import io.erdma.verbs.DeviceParts;
import io.erdma.verbs.EventRouter;
import java.util.concurrent.TimeUnit;

/**
 * The way from a PCI function to an {@link Adapter} (kernel: {@code erdma_probe_dev}; driver-behaviour §2). {@link #run()} reads in the order in which
 * the device sees the steps. Each step that takes something leaves its undo, so a failure undoes exactly the steps before it, in reverse order, and
 * leaves the function reset; removal is the same, undone from the end.
 */
final class BringUp {
    private static final int RESPONSE_BYTES = 256;
    private static final int GONE = -1;
    private static final long INIT_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(Limits.INIT_POLL_MILLIS);

    private final PciFunction function;
    private final HostServices services;
    private final int vectorsWanted;
    private final Runnable onDeath;
    private final UndoStack undo = new UndoStack();
    private boolean reset;

    private BringUp(PciFunction function, HostServices services, int vectorsWanted, Runnable onDeath) {
        this.function = function;
        this.services = services;
        this.vectorsWanted = vectorsWanted;
        this.onDeath = onDeath;
    }

    /**
     * Brings a function up.
     *
     * @param vectorsWanted how many MSI-X vectors to ask for, from 1; one will do, but then there are no completion vectors
     * @param onDeath called once when a command is not answered in time
     * @throws ErrnoException EINVAL: wrong BARs, or a device that reports values out of range; EFAULT: BAR 0 can't be mapped; ENODEV: a function that
     *     does not work or is gone; ETIMEDOUT: INIT; EOPNOTSUPP: a RoCEv2 function; EIO, ETIME: a command; ENOMEM, ENOSPC: the host
     */
    static Adapter run(PciFunction function, HostServices services, int vectorsWanted, Runnable onDeath) {
        BringUp bringUp = new BringUp(function, services, vectorsWanted, onDeath);
        boolean isUp = false;
        try {
            Adapter adapter = bringUp.run();
            isUp = true;
            return adapter;
        } finally {
            if (!isUp) { // an Error, of a host without memory say, leaves nothing behind either
                bringUp.undo.unwind();
            }
        }
    }

    private Adapter run() {
        function.enable();
        undo.push(function::disable);
        Bar bar = mapRegisters();
        checkVersion(bar);
        function.setDmaMask(PciIds.DMA_BITS);
        DmaPool records = pool(DoorbellRecord.BYTES);
        DmaPool responses = pool(RESPONSE_BYTES);
        InterruptVectors vectors = function.allocateVectors(1, vectorsWanted, services.interrupts());
        undo.push(vectors::close);
        CommonInterrupt common = new CommonInterrupt();
        vectors.bind(PciIds.COMMON_VECTOR, common);
        undo.push(() -> vectors.unbind(PciIds.COMMON_VECTOR));
        undo.push(() -> reset(bar, vectors));

        EventRouter router = new EventRouter();
        AsyncEventQueue asyncEvents = AsyncEventQueue.create(function, bar, records, router);
        undo.push(asyncEvents::close);
        CommandQueue commands = CommandQueue.create(function, bar, records, services.clock(), onDeath);
        undo.push(commands::close);
        undo.push(() -> reset(bar, vectors));
        common.serve(asyncEvents);
        common.serve(commands);
        initialise(bar);

        undo.push(commands::stop);
        CompletionEventQueues completionEvents = CompletionEventQueues.create(function, bar, records, commands, vectors,
                router);
        undo.push(completionEvents::close);
        commands.arm();
        DeviceCapabilities capabilities = DeviceCapabilities.query(commands);
        configure(commands, capabilities);
        DeviceParts parts = new DeviceParts(
                function, commands, capabilities, readPeerAddress(bar), DeviceParts.Doorbells.of(bar), records,
                responses,
                completionEvents.count(), router, services.driverQueue());
        return new Adapter(function, parts, commands, asyncEvents, completionEvents, undo);
    }

    private Bar mapRegisters() {
        int bars = function.memoryBars();
        if (bars != PciIds.MEMORY_BARS) {
            throw new ErrnoException(
                    Errno.EINVAL, "memory BARs 0x%x of %s are not {0, 2}".formatted(bars, address()));
        }
        Bar bar = function.mapBar(PciIds.FUNCTION_BAR);
        undo.push(bar::close);
        return bar;
    }

    private String address() {
        return function.identity().address();
    }

    private void checkVersion(Mmio bar) {
        int version = bar.read32(Registers.VERSION);
        if (version == 0 || version == GONE) {
            throw new ErrnoException(Errno.ENODEV, "function %s reports version 0x%x".formatted(address(), version));
        }
        if (DeviceProtocol.of(bar.read32(Registers.DEV_PROTO)) != DeviceProtocol.IWARP) {
            throw new ErrnoException(Errno.EOPNOTSUPP, "function " + address() + " speaks RoCEv2");
        }
    }

    private DmaPool pool(int elementBytes) {
        DmaPool pool = new DmaPool(function, elementBytes);
        undo.push(pool::close);
        return pool;
    }

    private void initialise(Mmio bar) {
        bar.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_INIT);
        for (int poll = 0; poll < Limits.INIT_POLLS; poll++) {
            int status = bar.read32(Registers.DEV_ST);
            if (status == GONE) {
                throw new ErrnoException(Errno.ENODEV, "function " + address() + " is gone");
            }
            if ((status & Registers.DEV_ST_INIT_DONE) != 0) {
                return;
            }
            pause();
        }
        throw new ErrnoException(
                Errno.ETIMEDOUT,
                "function %s is not initialised after %d ms".formatted(address(),
                        Limits.INIT_POLLS * Limits.INIT_POLL_MILLIS));
    }

    private void pause() {
        Clock clock = services.clock();
        long end = clock.nanoTime() + INIT_POLL_NANOS;
        for (long left = INIT_POLL_NANOS; left > 0; left = end - clock.nanoTime()) {
            clock.parkNanos(left);
        }
    }

    /** After this the device makes no DMA and raises no vector, so that the queues can be freed. */
    private void reset(Mmio bar, InterruptVectors vectors) {
        if (!reset) {
            reset = true;
            bar.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
            vectors.unbind(PciIds.COMMON_VECTOR);
        }
    }

    private static void configure(CommandQueue commands, DeviceCapabilities capabilities) {
        if (capabilities.extendedDoorbells()) {
            commands.execute(CommandOpcode.CONF_DEVICE, (slot, at) -> {
                ConfDevice.setPageShiftEnable(slot, at, true);
                ConfDevice.setPageShift(slot, at, PciIds.PAGE_SHIFT);
            });
        }
    }

    private static MacAddress readPeerAddress(Mmio bar) {
        long high = bar.read32(Registers.NETDEV_MAC_H) & 0xFFFFL;
        long low = bar.read32(Registers.NETDEV_MAC_L) & 0xFFFF_FFFFL;
        return new MacAddress(high << 32 | low);
    }
}
