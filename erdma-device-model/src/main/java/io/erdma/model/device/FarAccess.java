package io.erdma.model.device;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.erdma.core.hal.device.DmaWindow;
import io.erdma.core.hal.device.FarMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongUnaryOperator;

/**
 * Accesses to windows of which one at least {@linkplain DmaWindow#isFar is far}; the slow neighbour of {@link Mover} and {@link Atomics}. Results are
 * {@link Mover}'s. Inside a ticket.
 */
final class FarAccess {
    /** Bytes that are on their way at a time from one far memory to another. */
    private static final int RELAY_BYTES = 64 << 10;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG.withOrder(LITTLE_ENDIAN);

    private FarAccess() {}

    /** Copies between windows that hold the ranges; they may overlap. */
    static int copy(DmaWindow from, long fromDevice, DmaWindow to, long toDevice, long bytes) {
        if (from.isFar() && to.isFar()) {
            return relay(from, fromDevice, to, toDevice, bytes);
        }
        if (to.isFar()) {
            return put(from.segment(), from.offsetOf(fromDevice), to, toDevice, bytes);
        }
        try {
            return from.far().read(fromDevice, to.segment(), to.offsetOf(toDevice), bytes)
                    ? Mover.DONE
                    : Mover.SOURCE_GONE;
        } catch (IllegalStateException e) {
            return Mover.TARGET_GONE;
        }
    }

    /** Copies memory that can be seen to a far window. */
    static int put(MemorySegment from, long fromOffset, DmaWindow to, long toDevice, long bytes) {
        try {
            return to.far().write(toDevice, from, fromOffset, bytes) ? Mover.DONE : Mover.TARGET_GONE;
        } catch (IllegalStateException e) {
            return Mover.SOURCE_GONE;
        }
    }

    private static int relay(DmaWindow from, long fromDevice, DmaWindow to, long toDevice, long bytes) {
        MemorySegment piece = MemorySegment.ofArray(new byte[(int) Math.min(bytes, RELAY_BYTES)]);
        // a range that is moved up within one memory is moved from its end, or it would be overwritten before it is read
        boolean backwards = fromDevice < toDevice;
        for (long done = 0; done < bytes;) {
            long run = Math.min(bytes - done, RELAY_BYTES);
            long at = backwards ? bytes - done - run : done;
            if (!from.far().read(fromDevice + at, piece, 0, run)) {
                return Mover.SOURCE_GONE;
            }
            if (!to.far().write(toDevice + at, piece, 0, run)) {
                return Mover.TARGET_GONE;
            }
            done += run;
        }
        return Mover.DONE;
    }

    /**
     * Changes an aligned word. For other engines that is one step; the host may see a word between, or have its own store undone.
     *
     * @param old takes what was there
     */
    static int modify(DmaWindow window, long device, LongUnaryOperator change, long[] old) {
        FarMemory memory = window.far();
        MemorySegment word = MemorySegment.ofArray(new long[1]);
        synchronized (memory) {
            if (!memory.read(device, word, 0, Long.BYTES)) {
                return Mover.SOURCE_GONE;
            }
            old[0] = word.get(WORD, 0);
            long changed = change.applyAsLong(old[0]);
            word.set(WORD, 0, changed);
            return changed == old[0] || memory.write(device, word, 0, Long.BYTES) ? Mover.DONE : Mover.SOURCE_GONE;
        }
    }
}
