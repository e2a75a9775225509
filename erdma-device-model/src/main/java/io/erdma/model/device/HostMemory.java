package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import java.lang.foreign.MemorySegment;

/** Questions about ranges of a tenant's DMA space. Inside a ticket. */
final class HostMemory {
    private HostMemory() {}

    /** Whether a device address is aligned, and the host memory behind it too. */
    static boolean isAligned(DmaWindow window, long address, int alignment) {
        long behind = window.segment().address() + window.offsetOf(address);
        return ((address | behind) & (alignment - 1)) == 0;
    }

    /** Stores bytes in a window that holds the range; false if its memory is gone. */
    static boolean store(DmaWindow window, long address, MemorySegment from, long bytes) {
        if (window.isFar()) {
            return FarAccess.put(from, 0, window, address, bytes) == Mover.DONE;
        }
        try {
            MemorySegment.copy(from, 0, window.segment(), window.offsetOf(address), bytes);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Whether every byte of a range can be reached, in as many windows as it takes. */
    static boolean isReachable(DmaSpace space, long address, long bytes, boolean toWrite) {
        long at = address;
        long left = bytes;
        while (left > 0) {
            DmaWindow window = space.find(at);
            if (window == DmaWindow.NONE || (toWrite && !window.writable())) {
                return false;
            }
            long run = Math.min(left, window.base() + window.bytes() - at);
            at += run;
            left -= run;
        }
        return bytes >= 0;
    }
}
