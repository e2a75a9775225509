package io.erdma.core.hal.device;

import io.erdma.core.hal.Bar;
import io.erdma.core.hal.Mmio;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/** A BAR, or a slice of one, whose accesses are calls of the model. */
final class InProcessBar implements Bar {
    private final InProcessFunction function;
    private final FunctionModel model;
    private final int bar;
    private final long start;
    private final long bytes;
    private final Mapping mapping;

    /** The mapping that a BAR and its slices share. */
    static final class Mapping {
        private volatile boolean open = true;
        private final Runnable onClose;

        Mapping(Runnable onClose) {
            this.onClose = onClose;
        }
    }

    InProcessBar(InProcessFunction function, FunctionModel model, int bar, long start, long bytes, Mapping mapping) {
        this.function = function;
        this.model = model;
        this.bar = bar;
        this.start = start;
        this.bytes = bytes;
        this.mapping = mapping;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public int read32(long offset) {
        check(offset, Integer.BYTES);
        return function.present() ? (int) model.read(bar, start + offset, Integer.BYTES) : -1;
    }

    @Override
    public void write32(long offset, int value) {
        check(offset, Integer.BYTES);
        VarHandle.releaseFence();
        if (function.present()) {
            model.write(bar, start + offset, Integer.BYTES, value & 0xFFFF_FFFFL);
        }
    }

    @Override
    public long read64(long offset) {
        check(offset, Long.BYTES);
        return function.present() ? model.read(bar, start + offset, Long.BYTES) : -1;
    }

    @Override
    public void write64(long offset, long value) {
        check(offset, Long.BYTES);
        VarHandle.releaseFence();
        if (function.present()) {
            model.write(bar, start + offset, Long.BYTES, value);
        }
    }

    private void check(long offset, int width) {
        if (!mapping.open) {
            throw new IllegalStateException("BAR " + bar + " is no longer mapped");
        }
        Objects.checkFromIndexSize(offset, width, bytes);
        if (((start + offset) & (width - 1)) != 0) {
            throw new IndexOutOfBoundsException("offset " + (start + offset) + " is not a multiple of " + width);
        }
    }

    @Override
    public Mmio slice(long offset, long sliceBytes) {
        Objects.checkFromIndexSize(offset, sliceBytes, bytes);
        return new InProcessBar(function, model, bar, start + offset, sliceBytes, mapping);
    }

    @Override
    public void close() {
        synchronized (mapping) {
            if (!mapping.open) {
                return;
            }
            mapping.open = false;
        }
        mapping.onClose.run();
    }
}
