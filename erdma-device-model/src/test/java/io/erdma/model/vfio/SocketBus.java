package io.erdma.model.vfio;

import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqSet;
import io.erdma.model.vfio.wire.Region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A guest's PCI bus: a function behind a socket, and memory that it may reach. BARs are written as QEMU does, without waiting for an answer. */
public final class SocketBus implements FunctionModel, AutoCloseable {
    private static final int BUS_MASTER = 6;

    /** How the device is given the memory. */
    public enum Backing {
        /** One file, mapped. */
        NEAR,
        /** By messages. */
        FAR,
        /** In turns, so that queues and buffers lie in both. */
        MIXED
    }

    private static final long PIECE = 8192;
    private static final long MIXED_BYTES = 256 * PIECE;

    public final VfioClient client;
    private final FunctionSpec spec;
    private final long address;
    private final Backing backing;
    private final Arena arena = Arena.ofShared();
    public final int file;
    public final MemorySegment memory;
    public final DmaService service;
    private final int[] events;

    /** Memory of so many bytes is given to the device at an address; every vector has an eventfd. */
    public SocketBus(Path path, FunctionSpec spec, long address, long bytes) {
        this(path, spec, address, bytes, Backing.NEAR, 1 << 20);
    }

    /** The same with memory that is reached in several ways, by messages of so many bytes at most. */
    public SocketBus(Path path, FunctionSpec spec, long address, long bytes, Backing backing, int largestTransfer) {
        this.spec = spec;
        this.address = address;
        this.backing = backing;
        this.file = ClientKernel.memory(bytes, true);
        this.memory = ClientKernel.map(file, bytes, arena);
        this.service = new DmaService(memory, address);
        this.client = VfioClient.serving(path, largestTransfer, service);
        this.events = new int[spec.vectors()];
        map(address, bytes, backing);
        client.write(Region.CONFIG, 4, 2, BUS_MASTER);
        for (int vector = 0; vector < events.length; vector++) {
            events[vector] = ClientKernel.event();
            require(client.setIrqs(IrqSet.DATA_EVENTFD | IrqSet.TRIGGER, Irq.MSIX, vector, 1, events[vector]));
        }
    }

    /** Has the device use the first pages of the memory, zeroed, for its own queues. */
    void initialize() {
        int[] registers = { Registers.CMDQ_SQ_ADDR_L, Registers.CMDQ_CQ_ADDR_L, Registers.CMDQ_EQ_ADDR_L,
            Registers.AEQ_ADDR_L, Registers.CMDQ_SQ_DB_HOST_ADDR, Registers.CMDQ_CQ_DB_HOST_ADDR,
            Registers.CMDQ_EQ_DB_HOST_ADDR, Registers.AEQ_DB_HOST_ADDR };
        for (int i = 0; i < registers.length; i++) {
            write(PciIds.FUNCTION_BAR, registers[i], 8, address + i * 0x1000L);
        }
        write(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4, 64);
        write(PciIds.FUNCTION_BAR, Registers.CMDQ_EQ_DEPTH, 4, 16);
        write(PciIds.FUNCTION_BAR, Registers.AEQ_DEPTH, 4, 16);
        write(PciIds.FUNCTION_BAR, Registers.DEV_CTRL, 4, Registers.DEV_CTRL_INIT);
        if (read(PciIds.FUNCTION_BAR, Registers.DEV_ST, 4) != Registers.DEV_ST_INIT_DONE) {
            throw new IllegalStateException("the device can't use its queues");
        }
    }

    /** Says that there is a command. */
    void ringCommands() {
        write(PciIds.FUNCTION_BAR, Registers.CMDQ_SQDB, 8, 4);
    }

    /** The same; returns when the device waits for memory. Nothing that it asks for is answered any more. */
    void ringCommandsUnanswered() throws InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        service.plan(access -> {
            waiting.countDown();
            return DmaService.Answer.NONE;
        });
        ringCommands();
        waiting.await();
    }

    /** Gives the memory back as it was given. */
    public void mapAgain() {
        map(address, memory.byteSize(), backing);
    }

    /** Takes all memory away: 0, or an errno. */
    public int unmapAll() {
        return client.unmapAll();
    }

    private void map(long address, long bytes, Backing backing) {
        long mixed = backing == Backing.MIXED ? MIXED_BYTES : 0;
        for (long at = 0; at < mixed; at += PIECE) {
            require(client.map(address + at, PIECE, at, true, at / PIECE % 2 == 0 ? file : -1));
        }
        require(client.map(address + mixed, bytes - mixed, mixed, true, backing == Backing.NEAR ? file : -1));
    }

    private static void require(int errno) {
        if (errno != 0) {
            throw new IllegalStateException("errno " + errno);
        }
    }

    /** From now on whoever signals a vector is held. */
    public void blockInterrupt(int vector) {
        ClientKernel.letBlock(events[vector]);
        ClientKernel.add(events[vector], -2);
    }

    /** Whether a vector comes within 10 s. */
    public boolean awaitInterrupt(int vector) {
        return ClientKernel.await(events[vector], 10_000) > 0;
    }

    /** Whether a vector has come. */
    public boolean interrupted(int vector) {
        return ClientKernel.await(events[vector], 0) > 0;
    }

    @Override
    public long read(int bar, long offset, int size) {
        return client.read(bar, offset, size);
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        client.post(bar, offset, size, value);
    }

    @Override
    public void reset() {
        require(client.call(Command.DEVICE_RESET, 0));
    }

    @Override
    public PciIdentity identity() {
        return new PciIdentity("0000:00:05.0", (int) client.read(Region.CONFIG, 0, 2),
                (int) client.read(Region.CONFIG, 2, 2),
                (int) client.read(Region.CONFIG, 8, 1));
    }

    @Override
    public long barBytes(int bar) {
        return bar == PciIds.FUNCTION_BAR ? spec.barBytes() : 0;
    }

    @Override
    public int vectors() {
        return spec.vectors();
    }

    @Override
    public int msixTableBar() {
        return PciIds.MSIX_BAR;
    }

    @Override
    public long msixPendingOffset() {
        return 0x800;
    }

    @Override
    public void attach(DmaSpace space, InterruptSink interrupts) {
        throw new UnsupportedOperationException();
    }

    /** No effect the second time. */
    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        client.close();
        arena.close();
        ClientKernel.close(file);
        for (int event : events) {
            ClientKernel.close(event);
        }
    }
}
