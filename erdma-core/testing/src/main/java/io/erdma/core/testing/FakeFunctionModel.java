package io.erdma.core.testing;

import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.hal.device.InterruptSink;
import java.util.concurrent.atomic.AtomicInteger;

/** The far side of a {@link FakeFunction}: registers in BAR 0, the MSI-X table in BAR 2, nothing behind them but scripts. */
final class FakeFunctionModel implements FunctionModel {
    private static final int MSIX_BAR = 2;
    private static final int MSIX_BAR_BYTES = 4096;

    private final PciIdentity identity;
    private final FakeRegisters registers;
    private final FakeRegisters msixTable = new FakeRegisters(MSIX_BAR, MSIX_BAR_BYTES);
    private final FakeVectors vectors;
    private final AtomicInteger resets = new AtomicInteger();
    private volatile Runnable onReset = () -> {};

    FakeFunctionModel(PciIdentity identity, FakeRegisters registers, FakeVectors vectors) {
        this.identity = identity;
        this.registers = registers;
        this.vectors = vectors;
    }

    @Override
    public PciIdentity identity() { return identity; }

    @Override
    public long barBytes(int bar) { return bar == 0 ? registers.bytes() : bar == MSIX_BAR ? MSIX_BAR_BYTES : 0; }

    @Override
    public int vectors() { return vectors.count(); }

    @Override
    public int msixTableBar() { return MSIX_BAR; }

    @Override
    public long read(int bar, long offset, int size) {
        return bar == 0 ? registers.read(offset, size) : bar == MSIX_BAR ? msixTable.read(offset, size) : 0;
    }

    @Override
    public long msixPendingOffset() {
        return 0x800;
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        if (bar == 0) {
            registers.write(offset, size, value);
        } else if (bar == MSIX_BAR) {
            msixTable.write(offset, size, value);
            vectors.tableWritten(offset, value);
        }
    }

    @Override
    public void reset() {
        resets.incrementAndGet();
        vectors.reset();
        onReset.run();
    }

    int resets() { return resets.get(); }

    void onReset(Runnable script) { onReset = script; }

    @Override
    public void attach(DmaSpace memory, InterruptSink interrupts) { vectors.attach(interrupts); }
}
