package io.erdma.core.hal.device;

import io.erdma.core.hal.PciIdentity;

/**
 * A model of a PCI function. Whoever joins it to a host calls it; all calls may come from several threads at once, and none ever throws,
 * whatever the values: a model meets garbage.
 */
public interface FunctionModel {
    /** Its identity. */
    PciIdentity identity();

    /** Size of a BAR in bytes; 0 for a BAR that is not there. */
    long barBytes(int bar);

    /** Number of MSI-X vectors in its table, from 1. The table begins at BAR {@link #msixTableBar()}, offset 0, with 16-byte entries. */
    int vectors();

    /** The BAR that holds the MSI-X table and pending bits. */
    int msixTableBar();

    /** Where in {@link #msixTableBar()} the pending bits begin: a multiple of 8, behind the table. */
    long msixPendingOffset();

    /**
     * A read of a BAR.
     *
     * @param offset any value; outside the BAR or between registers reads as 0
     * @param size bytes: 1, 2, 4 or 8
     * @return the value, zero-extended
     */
    long read(int bar, long offset, int size);

    /**
     * A write to a BAR. All memory that the writer stored before is visible to the model. A write that the device doesn't know is ignored and
     * counted.
     *
     * @param value in the low {@code size} bytes
     */
    void write(int bar, long offset, int size, long value);

    /** Function-level reset. */
    void reset();

    /** Joins the model to its host; called once, before anything else. */
    void attach(DmaSpace memory, InterruptSink interrupts);
}
