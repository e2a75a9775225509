package io.erdma.model.device;

import io.erdma.core.hal.device.DmaWindow;
import java.lang.foreign.MemorySegment;

/** Copies between regions of which every check has been made. Inside a ticket. Memory whose owner closes its arena meanwhile is an error, not an exception. */
final class Mover {
    /** Copied. */
    static final int DONE = 0;
    /** The source went away. */
    static final int SOURCE_GONE = 1;
    /** The target went away. */
    static final int TARGET_GONE = 2;

    private Mover() {}

    /** Copies a range of one region to one of another; the ranges may overlap. */
    static int copy(MemoryRegion source, long from, MemoryRegion target, long to, long bytes) {
        DmaWindow fromWindow = source.window(from, bytes, false);
        DmaWindow toWindow = target.window(to, bytes, true);
        if (fromWindow == DmaWindow.NONE || toWindow == DmaWindow.NONE) {
            return copyPieces(source, from, target, to, bytes);
        }
        return copy(fromWindow, source.deviceAddress(from), toWindow, target.deviceAddress(to), bytes);
    }

    private static int copyPieces(MemoryRegion source, long from, MemoryRegion target, long to, long bytes) {
        for (long done = 0; done < bytes;) {
            DmaWindow fromWindow = source.windowAt(from + done);
            if (fromWindow == DmaWindow.NONE) {
                return SOURCE_GONE;
            }
            DmaWindow toWindow = target.windowAt(to + done);
            if (toWindow == DmaWindow.NONE || !toWindow.writable()) {
                return TARGET_GONE;
            }
            long run = Math.min(bytes - done, Math.min(source.runBytes(from + done), target.runBytes(to + done)));
            long fromDevice = source.deviceAddress(from + done);
            long toDevice = target.deviceAddress(to + done);
            run = Math.min(run, fromWindow.base() + fromWindow.bytes() - fromDevice);
            run = Math.min(run, toWindow.base() + toWindow.bytes() - toDevice);
            int result = copy(fromWindow, fromDevice, toWindow, toDevice, run);
            if (result != DONE) {
                return result;
            }
            done += run;
        }
        return DONE;
    }

    /** Copies between two windows that hold the ranges. */
    static int copy(DmaWindow from, long fromDevice, DmaWindow to, long toDevice, long bytes) {
        if (from.isFar() || to.isFar()) {
            return FarAccess.copy(from, fromDevice, to, toDevice, bytes);
        }
        return copy(from.segment(), from.offsetOf(fromDevice), to.segment(), to.offsetOf(toDevice), bytes);
    }

    private static int copy(MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long bytes) {
        try {
            MemorySegment.copy(from, fromOffset, to, toOffset, bytes);
            return DONE;
        } catch (IllegalStateException e) {
            return to.scope().isAlive() ? SOURCE_GONE : TARGET_GONE;
        }
    }

    /** Copies bytes of a work request itself. */
    static int copyIn(MemorySegment from, long fromOffset, MemoryRegion target, long to, long bytes) {
        for (long done = 0; done < bytes;) {
            DmaWindow window = target.windowAt(to + done);
            if (window == DmaWindow.NONE || !window.writable()) {
                return TARGET_GONE;
            }
            long device = target.deviceAddress(to + done);
            long run = Math.min(bytes - done,
                    Math.min(target.runBytes(to + done), window.base() + window.bytes() - device));
            int result = window.isFar()
                    ? FarAccess.put(from, fromOffset + done, window, device, run)
                    : copy(from, fromOffset + done, window.segment(), window.offsetOf(device), run);
            if (result != DONE) {
                return result;
            }
            done += run;
        }
        return DONE;
    }
}
