package io.erdma.core.testing;

import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import io.erdma.core.hal.device.InProcessFunction;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.LeakLedger;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * A PCI function for unit tests of a driver: {@link #pci()} is what the driver gets, all else is the test's hand on the device. Registers are plain
 * memory: a read gives what was written last, or what a script says; every write is remembered in order. DMA memory, mappings and
 * vectors are the in-process HAL's own, in strict mode unless asked otherwise, and counted in {@link #ledger()}.
 *
 * <p>Thread-safe. Scripts run in the thread that reads or writes, without a lock held.
 */
public final class FakeFunction {
    private final FakeRegisters registers;
    private final FakeVectors vectors;
    private final FakeFunctionModel model;
    private final DmaSpace memory;
    private final LeakLedger ledger;
    private final InProcessFunction pci;

    private FakeFunction(Builder builder) {
        this.registers = new FakeRegisters(0, builder.barBytes);
        this.vectors = new FakeVectors(builder.vectors);
        this.model = new FakeFunctionModel(builder.identity, registers, vectors);
        this.memory = new DmaSpace(builder.domain);
        this.ledger = builder.ledger;
        this.pci = new InProcessFunction(model, memory, ledger, builder.options);
    }

    /** An ERDMA function with 32 vectors, 512 KiB of registers that read as 0, and strict memory; enabled, so that DMA works at once. */
    public static FakeFunction create() {
        FakeFunction function = builder().build();
        function.pci.enable();
        return function;
    }

    /** Other settings. */
    public static Builder builder() { return new Builder(); }

    /** What the driver gets. */
    public PciFunction pci() { return pci; }

    /** What the driver holds. */
    public LeakLedger ledger() { return ledger; }

    /** What the device can reach; it has no engines unless the test makes some. */
    public DmaSpace memory() {
        return memory;
    }

    /**
     * Memory as the device sees it.
     *
     * @throws AssertionError if the device can't reach all of it
     */
    public MemorySegment at(long deviceAddress, long bytes) {
        DmaWindow window = memory.find(deviceAddress, bytes, false);
        if (window == DmaWindow.NONE) {
            throw new AssertionError("the device cannot reach %d bytes at 0x%x".formatted(bytes, deviceAddress));
        }
        return window.segment().asSlice(window.offsetOf(deviceAddress), bytes);
    }

    /** Whether the device can reach a range. */
    public boolean reaches(long deviceAddress, long bytes) {
        return memory.find(deviceAddress, bytes, false) != DmaWindow.NONE;
    }

    /** Sets a 32-bit register of BAR 0. */
    public FakeFunction set32(long offset, int value) {
        registers.poke(offset, Integer.BYTES, value);
        return this;
    }

    /** Sets a 64-bit register of BAR 0. */
    public FakeFunction set64(long offset, long value) {
        registers.poke(offset, Long.BYTES, value);
        return this;
    }

    /** What a 32-bit register of BAR 0 holds, scripts aside. */
    public int get32(long offset) {
        return (int) registers.peek(offset, Integer.BYTES);
    }

    /** What a 64-bit register of BAR 0 holds, scripts aside. */
    public long get64(long offset) {
        return registers.peek(offset, Long.BYTES);
    }

    /** Reads that begin at this offset of BAR 0 get what the script says. */
    public FakeFunction onRead(long offset, LongSupplier script) {
        registers.onRead(offset, script);
        return this;
    }

    /**
     * Reads that begin at this offset of BAR 0 get these values one after the other, and then the last one for ever.
     *
     * @param values at least one
     */
    public FakeFunction answers(long offset, long... values) {
        long[] answers = values.clone();
        AtomicInteger next = new AtomicInteger();
        return onRead(offset, () -> answers[Math.min(next.getAndIncrement(), answers.length - 1)]);
    }

    /** Writes that begin at this offset of BAR 0 go to the script too, after they are remembered. */
    public FakeFunction onWrite(long offset, LongConsumer script) {
        registers.onWrite(offset, script);
        return this;
    }

    /** A function-level reset runs this. */
    public FakeFunction onReset(Runnable script) {
        model.onReset(script);
        return this;
    }

    /** All writes to BAR 0, in the order in which the device saw them. */
    public List<MmioWrite> writes() {
        return registers.seen();
    }

    /** The values that were written at one offset of BAR 0, in order. */
    public List<Long> writesTo(long offset) {
        return writes().stream().filter(write -> write.offset() == offset).map(MmioWrite::value).toList();
    }

    /** Forgets the writes so far. */
    public void forgetWrites() { registers.forget(); }

    /** Raises a vector: delivered if it is unmasked, else pending until it is. */
    public void raise(int vector) {
        vectors.raise(vector);
    }

    /** Whether a vector is masked. */
    public boolean isMasked(int vector) { return vectors.isMasked(vector); }

    /** Whether a vector was raised while it was masked, and is so still. */
    public boolean isPending(int vector) {
        return vectors.isPending(vector);
    }

    /** How many function-level resets there were. */
    public int resets() { return model.resets(); }

    /** Takes the function away by surprise. */
    public void remove() { pci.remove(); }

    /** Settings of a {@link FakeFunction}. */
    public static final class Builder {
        private PciIdentity identity = new PciIdentity("0000:00:05.0", 0x1DED, 0x107F, 0);
        private int barBytes = 512 << 10;
        private int vectors = 32;
        private InProcessOptions options = InProcessOptions.STRICT;
        private DmaDomain domain = new DmaDomain();
        private LeakLedger ledger = new LeakLedger();

        private Builder() {}

        /** Who it is. */
        public Builder identity(PciIdentity who) {
            identity = who;
            return this;
        }

        /** Size of BAR 0 in bytes. */
        public Builder barBytes(int bytes) {
            barBytes = bytes;
            return this;
        }

        /** Size of the MSI-X table, 1–256. */
        public Builder vectors(int count) {
            vectors = count;
            return this;
        }

        /** How memory is laid out. */
        public Builder options(InProcessOptions layout) {
            options = layout;
            return this;
        }

        /** Whose engines touch its memory. */
        public Builder domain(DmaDomain engines) {
            domain = engines;
            return this;
        }

        /** Where to count. */
        public Builder ledger(LeakLedger counts) {
            ledger = counts;
            return this;
        }

        /** The function; its driver has yet to enable it. */
        public FakeFunction build() {
            return new FakeFunction(this);
        }
    }
}
