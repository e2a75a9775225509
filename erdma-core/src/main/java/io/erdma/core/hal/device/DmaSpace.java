package io.erdma.core.hal.device;

import java.lang.foreign.MemorySegment;

/**
 * What one tenant's device can reach: a sorted set of windows that do not overlap. Look-ups are lock-free on a snapshot and allocate nothing;
 * changes are made by the host side under a lock.
 */
public final class DmaSpace {
    private final DmaDomain domain;
    private WindowTable mapped = WindowTable.EMPTY;
    private boolean busMaster;
    private volatile WindowTable visible = WindowTable.EMPTY;

    /** An empty space; its engines are those of {@code domain}. Bus mastering is off. */
    public DmaSpace(DmaDomain domain) {
        this.domain = domain;
    }

    /** The engines that touch this space. */
    public DmaDomain domain() {
        return domain;
    }

    /** The window that holds the byte at a device address, or {@link DmaWindow#NONE}. */
    public DmaWindow find(long deviceAddress) {
        DmaWindow window = visible.floor(deviceAddress);
        return window.contains(deviceAddress, 1) ? window : DmaWindow.NONE;
    }

    /** The window that holds {@code bytes} bytes (at least one is looked for) from a device address, or {@link DmaWindow#NONE}. */
    public DmaWindow find(long deviceAddress, long bytes, boolean toWrite) {
        DmaWindow window = find(deviceAddress);
        return window.contains(deviceAddress, bytes) && (window.writable() || !toWrite) ? window : DmaWindow.NONE;
    }

    /**
     * Makes host memory reachable.
     *
     * @param segment native shared memory, not empty
     * @throws IllegalArgumentException if the addresses overlap a window, are negative or wrap
     */
    public void map(MemorySegment segment, long deviceAddress, boolean writable) {
        check(deviceAddress, segment.byteSize());
        add(new DmaWindow(segment, deviceAddress, writable));
    }

    /** The same of memory that can only be asked for. */
    public void map(FarMemory memory, long deviceAddress, long bytes, boolean writable) {
        check(deviceAddress, bytes);
        add(new DmaWindow(memory, deviceAddress, bytes, writable));
    }

    private static void check(long deviceAddress, long bytes) {
        if (deviceAddress < 0 || bytes < 1 || deviceAddress > Long.MAX_VALUE - bytes) {
            throw new IllegalArgumentException("cannot map %d bytes at 0x%x".formatted(bytes, deviceAddress));
        }
    }

    private synchronized void add(DmaWindow window) {
        DmaWindow below = mapped.floor(window.base() + window.bytes() - 1);
        if (below != DmaWindow.NONE && below.base() + below.bytes() > window.base()) {
            throw new IllegalArgumentException("device address 0x%x is mapped already".formatted(window.base()));
        }
        mapped = mapped.with(window);
        publish();
    }

    /** Takes the window that begins at a device address away, and waits until no engine uses it. No effect if there is none. */
    public void unmap(long deviceAddress) {
        if (close(deviceAddress)) {
            domain.awaitQuiescence();
        }
    }

    /** Takes several windows away and waits once. */
    public void unmapAll(long[] deviceAddresses) {
        boolean any = false;
        for (long deviceAddress : deviceAddresses) {
            any |= close(deviceAddress);
        }
        if (any) {
            domain.awaitQuiescence();
        }
    }

    private synchronized boolean close(long deviceAddress) {
        DmaWindow window = mapped.floor(deviceAddress);
        if (window == DmaWindow.NONE || window.base() != deviceAddress) {
            return false;
        }
        window.close();
        mapped = mapped.without(window);
        publish();
        return true;
    }

    /** Lets DMA through, or stops it: when this returns after {@code false}, no engine is inside the space any more. */
    public void setBusMaster(boolean on) {
        synchronized (this) {
            if (busMaster == on) {
                return;
            }
            busMaster = on;
            if (!on) {
                mapped = mapped.each(DmaSpace::reopened);
            }
            publish();
        }
        if (!on) {
            domain.awaitQuiescence();
        }
    }

    /** Engines keep windows, and a closed one never opens again: so the memory gets a new one for the next time. */
    private static DmaWindow reopened(DmaWindow old) {
        old.close();
        return old.again();
    }

    /** How many windows there are, visible or not. */
    public synchronized int windowCount() {
        return mapped.size();
    }

    private void publish() {
        visible = busMaster ? mapped : WindowTable.EMPTY;
    }
}
