package io.erdma.core.hal.device;

import java.lang.foreign.MemorySegment;

/**
 * A run of device addresses with the host memory behind it. A model keeps a window as long as it is open and asks {@link #isOpen()} once a
 * descriptor, inside its {@link Ticket}; a closed one is looked up again, and a miss is a DMA error of that tenant.
 *
 * <p>The memory may still go away under an open window when its owner closes the arena: an access then throws {@link IllegalStateException}, which an
 * engine takes for a DMA error.
 */
public final class DmaWindow {
    /** The window of addresses that lead nowhere: empty, never open. */
    public static final DmaWindow NONE = new DmaWindow();

    private final MemorySegment segment;
    private final long base;
    private final long bytes;
    private final boolean writable;
    private final FarMemory far;
    private volatile boolean open;

    private DmaWindow() {
        this.segment = MemorySegment.NULL;
        this.base = 0;
        this.bytes = 0;
        this.writable = false;
        this.far = FarMemory.NOWHERE;
        this.open = false;
    }

    DmaWindow(MemorySegment segment, long base, boolean writable) {
        this.segment = segment;
        this.base = base;
        this.bytes = segment.byteSize();
        this.writable = writable;
        this.far = FarMemory.NOWHERE;
        this.open = true;
    }

    DmaWindow(FarMemory far, long base, long bytes, boolean writable) {
        this.segment = MemorySegment.NULL;
        this.base = base;
        this.bytes = bytes;
        this.writable = writable;
        this.far = far;
        this.open = true;
    }

    /** The same, for the next time. */
    DmaWindow again() {
        return isFar() ? new DmaWindow(far, base, bytes, writable) : new DmaWindow(segment, base, writable);
    }

    /** Whether the memory can't be seen but only asked for, by {@link #far()}; {@link #segment()} is empty then. */
    @SuppressWarnings("ReferenceEquality")
    public boolean isFar() {
        return far != FarMemory.NOWHERE;
    }

    /** Who moves the bytes, if it {@link #isFar()}. */
    public FarMemory far() {
        return far;
    }

    /** The host memory; byte 0 is device address {@link #base()}. */
    public MemorySegment segment() {
        return segment;
    }

    /** First device address. */
    public long base() {
        return base;
    }

    /** Length in bytes. */
    public long bytes() {
        return bytes;
    }

    /** Whether the device may write there. */
    public boolean writable() {
        return writable;
    }

    /** Whether the window may still be used. */
    public boolean isOpen() {
        return open;
    }

    /** Whether all of {@code length} bytes from a device address lie inside; never for a negative length. */
    public boolean contains(long deviceAddress, long length) {
        long offset = deviceAddress - base;
        return offset >= 0 && length >= 0 && offset <= bytes && length <= bytes - offset;
    }

    /** Offset of a device address in the segment; it must lie inside. */
    public long offsetOf(long deviceAddress) {
        return deviceAddress - base;
    }

    void close() {
        open = false;
    }
}
