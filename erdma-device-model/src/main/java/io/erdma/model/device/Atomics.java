package io.erdma.model.device;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.erdma.core.hal.device.DmaWindow;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.LongUnaryOperator;

/**
 * Atomics of a peer on 8 bytes of host memory: one instruction, so atomic for everyone who uses that memory. In far memory ({@link FarAccess#modify}) they are
 * atomic among the card's engines only. Results are {@link Mover}'s.
 */
final class Atomics {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong SINK = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final VarHandle HANDLE = WORD.varHandle().withInvokeExactBehavior();

    private Atomics() {}

    /** Puts {@code swap} where {@code compare} was; the old value lands in the sink. */
    static int compareAndSwap(MemoryRegion target, long address, long compare, long swap, MemoryRegion sink,
            long sinkAddress) {
        DmaWindow window = window(target, address);
        DmaWindow sinkWindow = sink.window(sinkAddress, Long.BYTES, true);
        if (window == DmaWindow.NONE) {
            return Mover.SOURCE_GONE;
        }
        if (isGone(sinkWindow)) {
            return Mover.TARGET_GONE;
        }
        if (window.isFar()) {
            return modify(window, target.deviceAddress(address), old -> old == compare ? swap : old, sink, sinkAddress,
                    sinkWindow);
        }
        try {
            long offset = window.offsetOf(target.deviceAddress(address));
            long old = (long) HANDLE.compareAndExchange(window.segment(), offset, compare, swap);
            return deliver(old, sink, sinkAddress, sinkWindow);
        } catch (IllegalStateException e) {
            return Mover.SOURCE_GONE;
        }
    }

    /** Adds, modulo 2⁶⁴; the old value lands in the sink. */
    static int fetchAndAdd(MemoryRegion target, long address, long add, MemoryRegion sink, long sinkAddress) {
        DmaWindow window = window(target, address);
        DmaWindow sinkWindow = sink.window(sinkAddress, Long.BYTES, true);
        if (window == DmaWindow.NONE) {
            return Mover.SOURCE_GONE;
        }
        if (isGone(sinkWindow)) {
            return Mover.TARGET_GONE;
        }
        if (window.isFar()) {
            return modify(window, target.deviceAddress(address), old -> old + add, sink, sinkAddress, sinkWindow);
        }
        try {
            long offset = window.offsetOf(target.deviceAddress(address));
            long old = (long) HANDLE.getAndAdd(window.segment(), offset, add);
            return deliver(old, sink, sinkAddress, sinkWindow);
        } catch (IllegalStateException e) {
            return Mover.SOURCE_GONE;
        }
    }

    private static int modify(DmaWindow window, long device, LongUnaryOperator change, MemoryRegion sink,
            long sinkAddress, DmaWindow sinkWindow) {
        long[] old = new long[1];
        int result = FarAccess.modify(window, device, change, old);
        return result == Mover.DONE ? deliver(old[0], sink, sinkAddress, sinkWindow) : result;
    }

    /** The window of an aligned word; a word that is not can't be operated on. */
    private static DmaWindow window(MemoryRegion target, long address) {
        if ((address & (Long.BYTES - 1)) != 0) {
            return DmaWindow.NONE;
        }
        DmaWindow window = target.window(address, Long.BYTES, true);
        return window != DmaWindow.NONE && HostMemory.isAligned(window, target.deviceAddress(address), Long.BYTES)
                ? window
                : DmaWindow.NONE;
    }

    /** Whether the sink's owner has closed its arena: found before the operation, it leaves the peer's word as it is. */
    private static boolean isGone(DmaWindow sinkWindow) {
        return sinkWindow != DmaWindow.NONE && !sinkWindow.segment().scope().isAlive();
    }

    private static int deliver(long old, MemoryRegion sink, long sinkAddress, DmaWindow sinkWindow) {
        try {
            if (sinkWindow != DmaWindow.NONE && !sinkWindow.isFar()) {
                sinkWindow.segment().set(SINK, sinkWindow.offsetOf(sink.deviceAddress(sinkAddress)), old);
                return Mover.DONE;
            }
            return scatter(old, sink, sinkAddress);
        } catch (IllegalStateException e) {
            return Mover.TARGET_GONE;
        }
    }

    /** A sink that crosses a page, or is far. */
    private static int scatter(long old, MemoryRegion sink, long sinkAddress) {
        MemorySegment word = MemorySegment.ofArray(new long[1]);
        word.set(WORD, 0, old);
        return Mover.copyIn(word, 0, sink, sinkAddress, Long.BYTES);
    }
}
