package io.erdma.core.hal.device;

import io.erdma.core.hal.PciIdentity;
import java.util.ArrayList;
import java.util.List;

/** A function that remembers accesses, with registers in BAR 0 and the MSI-X table in BAR 2. */
final class PlainModel implements FunctionModel {
    static final int BAR_BYTES = 0x1000;

    final List<String> accesses = new ArrayList<>();
    final boolean[] masked;
    final boolean[] pending;
    long nextRead;
    int resets;
    DmaSpace memory;
    private InterruptSink interrupts;

    PlainModel(int vectors) {
        masked = new boolean[vectors];
        pending = new boolean[vectors];
    }

    void raise(int vector) {
        if (vector >= 0 && vector < masked.length && masked[vector]) {
            pending[vector] = true;
        } else {
            interrupts.raise(vector);
        }
    }

    @Override
    public PciIdentity identity() {
        return new PciIdentity("0000:00:05.0", 0x1DED, 0x107F, 3);
    }

    @Override
    public long barBytes(int bar) {
        return bar == 0 || bar == 2 ? BAR_BYTES : 0;
    }

    @Override
    public int vectors() {
        return masked.length;
    }

    @Override
    public int msixTableBar() {
        return 2;
    }

    @Override
    public long msixPendingOffset() {
        return 0x800;
    }

    @Override
    public long read(int bar, long offset, int size) {
        accesses.add("read%d %d:0x%x".formatted(8 * size, bar, offset));
        return nextRead;
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        if (bar == 0) {
            accesses.add("write%d %d:0x%x 0x%x".formatted(8 * size, bar, offset, value));
        } else if (offset % 16 == 12) {
            int vector = (int) offset / 16;
            masked[vector] = value == 1;
            if (pending[vector] && !masked[vector]) {
                pending[vector] = false;
                interrupts.raise(vector);
            }
        }
    }

    @Override
    public void reset() {
        resets++;
    }

    @Override
    public void attach(DmaSpace space, InterruptSink sink) {
        memory = space;
        interrupts = sink;
    }
}
