package io.erdma.core.hal.device;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one tenant's device can reach: a sorted set of windows that do not overlap. Look-ups are lock-free on a snapshot and allocate nothing;
 * changes are made by the host side under a lock.
 */
public final class DmaSpace {
    private static final DmaWindow[] NOTHING = {};

    private final DmaDomain domain;
    private final TreeMap<Long, DmaWindow> mapped = new TreeMap<>();
    private boolean busMaster;
    private volatile DmaWindow[] visible = NOTHING;

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
        DmaWindow[] windows = visible;
        int low = 0;
        int high = windows.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            DmaWindow window = windows[middle];
            if (window.contains(deviceAddress, 1)) {
                return window;
            }
            if (Long.compareUnsigned(window.base(), deviceAddress) < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return DmaWindow.NONE;
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
    public synchronized void map(MemorySegment segment, long deviceAddress, boolean writable) {
        if (deviceAddress < 0 || segment.byteSize() < 1 || deviceAddress + segment.byteSize() < 0) {
            throw new IllegalArgumentException(
                    "cannot map %d bytes at 0x%x".formatted(segment.byteSize(), deviceAddress));
        }
        Map.Entry<Long, DmaWindow> below = mapped.lowerEntry(deviceAddress + segment.byteSize());
        if (below != null && below.getValue().base() + below.getValue().bytes() > deviceAddress) {
            throw new IllegalArgumentException("device address 0x%x is mapped already".formatted(deviceAddress));
        }
        mapped.put(deviceAddress, new DmaWindow(segment, deviceAddress, writable));
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
        DmaWindow window = mapped.remove(deviceAddress);
        if (window == null) {
            return false;
        }
        window.close();
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
            // closed windows never open again, so the memory gets new ones
            mapped.replaceAll((base, old) -> {
                old.close();
                return new DmaWindow(old.segment(), old.base(), old.writable());
            });
            publish();
        }
        domain.awaitQuiescence();
    }

    /** How many windows there are, visible or not. */
    public synchronized int windowCount() {
        return mapped.size();
    }

    private void publish() {
        visible = busMaster ? mapped.values().toArray(NOTHING) : NOTHING;
    }
}
