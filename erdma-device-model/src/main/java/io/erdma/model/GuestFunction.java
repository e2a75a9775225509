package io.erdma.model;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.model.device.ErdmaFunction;
import java.util.function.Consumer;

/**
 * A function of a vport that sits on a PCI bus which is not ours, such as a guest's behind vfio-user: whoever drives the bus passes BAR accesses to
 * {@link #model()}, maps the guest's memory into {@link #memory()} and takes interrupts. Thread-safe.
 */
public final class GuestFunction implements AutoCloseable {
    private final ErdmaFunction model;
    private final DmaSpace memory;
    private final Consumer<GuestFunction> unplug;
    private volatile boolean present = true;

    GuestFunction(ErdmaFunction model, DmaSpace memory, InterruptSink interrupts, Consumer<GuestFunction> unplug) {
        this.model = model;
        this.memory = memory;
        this.unplug = unplug;
        model.attach(memory, interrupts);
    }

    /** The function; it is attached already. */
    public FunctionModel model() {
        return model;
    }

    /** The function again, such that a trace tells under this name what is done with it. */
    public FunctionModel model(Trace trace, String name) {
        return trace.of(model, name);
    }

    /** What its DMA reaches: empty, with bus mastering off, until the driver of the bus says otherwise. */
    public DmaSpace memory() {
        return memory;
    }

    /** False once it was closed, or its vport killed: the bus should then answer reads with all ones. */
    public boolean present() {
        return present;
    }

    /** Pulls it out: when this returns there is no more DMA, and its connections' peers find theirs lost. Idempotent. */
    @Override
    public void close() {
        unplug.accept(this);
    }

    void remove() {
        present = false;
        memory.setBusMaster(false);
        model.reset();
    }
}
