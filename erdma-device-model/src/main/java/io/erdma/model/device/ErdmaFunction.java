package io.erdma.model.device;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.spec.FunctionSpec;
import org.jspecify.annotations.Nullable;

/**
 * An ERDMA function: takes BAR accesses apart (device-interface §1–§3) and hands them on. Registers and doorbells may be written by any thread; nothing here
 * waits for another tenant.
 */
public final class ErdmaFunction implements FunctionModel {
    private static final int WORD = Integer.BYTES;
    private static final int QWORD = Long.BYTES;

    private final FunctionSpec spec;
    private final PciIdentity identity;
    private final FunctionSite site;
    private final Execution execution;
    private final Counters counters = new Counters();
    private final Faults faults;
    private final Doorbells doorbells;
    private final MsixBar msix;
    private final RegisterFile registers = new RegisterFile();
    private @Nullable DmaSpace space;
    private InterruptSink interrupts = vector -> {};
    private volatile @Nullable Session session;

    /**
     * A function that nothing is attached to yet.
     *
     * @param pciAddress where it sits, such as {@code 0000:00:05.0}
     * @param execution of the card, on the DMA domain of the space that will be attached
     */
    public ErdmaFunction(FunctionSpec spec, String pciAddress, FunctionSite site, Execution execution) {
        this.spec = spec;
        this.identity = new PciIdentity(pciAddress, PciIds.VENDOR, PciIds.DEVICE, spec.revision());
        this.site = site;
        this.execution = execution;
        this.faults = new Faults(site.faults(), counters);
        this.doorbells = new Doorbells(this, execution, faults);
        this.msix = new MsixBar(this, spec.vectors());
        registers.set32(Registers.VERSION, spec.version());
        registers.set32(Registers.DEV_PROTO, spec.protocol());
        registers.set32(Registers.NETDEV_MAC_L, (int) site.peerMac().bits());
        registers.set32(Registers.NETDEV_MAC_H, (int) (site.peerMac().bits() >>> Integer.SIZE));
        faults.onRelease(this::releaseFaults);
    }

    @Override
    public PciIdentity identity() {
        return identity;
    }

    @Override
    public long barBytes(int bar) {
        return switch (bar) {
            case PciIds.FUNCTION_BAR -> spec.barBytes();
            case PciIds.MSIX_BAR -> MsixBar.BYTES;
            default -> 0;
        };
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
        return MsixTable.PBA_OFFSET;
    }

    @Override
    public void attach(DmaSpace memory, InterruptSink sink) {
        space = memory;
        interrupts = sink;
    }

    /** What the function has counted since it was made. */
    public long counter(ModelCounter counter) {
        return counters.get(counter);
    }

    @Override
    public long read(int bar, long offset, int size) {
        if (bar == PciIds.MSIX_BAR) {
            return msix.read(offset, size);
        }
        if (bar != PciIds.FUNCTION_BAR || offset < 0 || offset > Registers.END - size || (size != WORD && size != QWORD)
                || (offset & (size - 1)) != 0) {
            count(ModelCounter.UNKNOWN_ACCESSES);
            return 0;
        }
        int at = (int) offset;
        if (faults.planned() && faults.at(FaultPoint.DEVICE_READ, offset) instanceof FaultAction.Value(long value)) {
            return size == WORD ? value & 0xFFFF_FFFFL : value;
        }
        if (StatisticsRegisters.covers(at)) {
            Session current = session;
            long value = current == null ? 0 : StatisticsRegisters.read(current, at & -QWORD);
            return size == QWORD ? value : (value >>> (8 * (at & WORD))) & 0xFFFF_FFFFL;
        }
        return size == QWORD ? registers.get64(at) : registers.get32(at) & 0xFFFF_FFFFL;
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        if (bar == PciIds.FUNCTION_BAR && offset >= DoorbellSpace.SQ_OFFSET && offset < spec.barBytes()) {
            doorbells.ringPage(session, (int) (offset >>> DoorbellSpace.PAGE_SHIFT),
                    size == QWORD && (offset & (QWORD - 1)) == 0, value);
        } else if (bar == PciIds.FUNCTION_BAR && offset >= 0 && offset <= Registers.END - size
                && (offset & (size - 1)) == 0) {
            writeRegister((int) offset, size, value);
        } else if (bar == PciIds.MSIX_BAR) {
            msix.write(offset, size, value);
        } else {
            count(ModelCounter.UNKNOWN_ACCESSES);
        }
    }

    private void writeRegister(int offset, int size, long value) {
        if (size == QWORD && Doorbells.isRegister(offset)) {
            doorbells.ringRegister(session, offset, value);
        } else if (size == WORD && offset == Registers.DEV_CTRL) {
            control((int) value);
        } else if ((size == WORD || size == QWORD) && RegisterFile.isWritable(offset)
                && RegisterFile.isWritable(offset + size - WORD)) {
            registers.set32(offset, (int) value);
            if (size == QWORD) {
                registers.set32(offset + WORD, (int) (value >>> Integer.SIZE));
            }
        } else {
            count(ModelCounter.UNKNOWN_ACCESSES);
        }
    }

    private void control(int value) {
        if ((value & Registers.DEV_CTRL_RESET) != 0) {
            resetState();
        }
        if ((value & Registers.DEV_CTRL_INIT) != 0) {
            initialize();
        }
    }

    private synchronized void initialize() {
        DmaSpace memory = space;
        if (session != null || memory == null || spec.version() == 0) {
            count(ModelCounter.REFUSED_INITS);
            return;
        }
        EngineContext context = execution.context();
        context.enter();
        try {
            session = Session.open(this, registers, memory).orElse(null);
        } finally {
            context.exit();
        }
        if (session == null) {
            count(ModelCounter.REFUSED_INITS);
        } else {
            registers.set32(Registers.DEV_ST, Registers.DEV_ST_INIT_DONE);
        }
    }

    /** DEV_CTRL.RESET: when this returns the device makes no further DMA. */
    private void resetState() {
        Session ended;
        synchronized (this) {
            ended = session;
            session = null;
            registers.set32(Registers.DEV_ST, Registers.DEV_ST_RESET_DONE);
            registers.clearWritten();
            msix.clearPending();
        }
        if (ended != null) {
            ended.close();
        }
        DmaSpace memory = space;
        if (memory != null) {
            memory.domain().awaitQuiescence();
        }
    }

    /** Function-level reset, and what a function does that is pulled: all state is dropped, peers find theirs lost. */
    @Override
    public void reset() {
        resetState();
        msix.clearMessages();
        registers.set32(Registers.DEV_ST, 0);
    }

    /** An event queue has news: the vector goes out when no engine is on the stack, or stays pending while it is masked. */
    void raise(EngineContext context, int vector) {
        if (msix.raise(vector)) {
            context.interrupt(this, vector);
        }
    }

    /** Sends a vector's message. No engine is on the stack. */
    void deliver(int vector) {
        if (faults.drops(FaultPoint.DEVICE_INTERRUPT, vector)) {
            return;
        }
        count(ModelCounter.INTERRUPTS);
        interrupts.raise(vector);
    }

    private void releaseFaults() {
        Session current = session;
        if (current != null) {
            current.release();
        }
    }

    void count(ModelCounter counter) {
        counters.add(counter);
    }

    /** What exists since INIT, for those who look on; null before it and after RESET. */
    @Nullable
    Session session() {
        return session;
    }

    /** The QP of a number, for those who look on; null if there is none. */
    @Nullable
    QueuePair queuePair(int qpn) {
        Session current = session;
        return current == null ? null : current.queuePair(qpn);
    }

    FunctionSpec spec() {
        return spec;
    }

    FunctionSite site() {
        return site;
    }

    Faults faults() {
        return faults;
    }

    Execution execution() {
        return execution;
    }
}
