package io.erdma.core.testing;

import io.erdma.core.hal.device.InterruptSink;
import java.util.BitSet;

/** MSI-X masks and pending bits, kept by writes to the table of BAR 2. */
final class FakeVectors {
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_CONTROL = 12;

    private final int count;
    private final BitSet unmasked = new BitSet();
    private final BitSet pending = new BitSet();
    private InterruptSink sink = vector -> {};

    FakeVectors(int count) { this.count = count; }

    int count() { return count; }

    synchronized void attach(InterruptSink host) { sink = host; }

    void raise(int vector) {
        if (deliverable(vector)) {
            host().raise(vector);
        }
    }

    private synchronized boolean deliverable(int vector) {
        if (!unmasked.get(vector)) {
            pending.set(vector);
            return false;
        }
        return true;
    }

    private synchronized InterruptSink host() { return sink; }

    void tableWritten(long offset, long value) {
        int vector = (int) (offset / ENTRY_BYTES);
        if (offset % ENTRY_BYTES == ENTRY_CONTROL && vector < count && setMasked(vector, (value & 1) != 0)) {
            host().raise(vector);
        }
    }

    /** Whether a pending interrupt has to be delivered now. */
    private synchronized boolean setMasked(int vector, boolean masked) {
        unmasked.set(vector, !masked);
        boolean deliver = !masked && pending.get(vector);
        if (deliver) {
            pending.clear(vector);
        }
        return deliver;
    }

    synchronized boolean isMasked(int vector) { return !unmasked.get(vector); }

    synchronized boolean isPending(int vector) { return pending.get(vector); }

    synchronized void reset() {
        unmasked.clear();
        pending.clear();
    }
}
