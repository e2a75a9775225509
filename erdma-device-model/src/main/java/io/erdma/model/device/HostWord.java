package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.DoorbellRecord;
import java.lang.foreign.MemorySegment;

/** A doorbell record in host memory, read when a queue has reason to think that a doorbell was lost. Used inside a ticket. */
final class HostWord {
    private final DmaSpace space;
    private final long address;
    private DmaWindow window = DmaWindow.NONE;

    HostWord(DmaSpace space, long address) {
        this.space = space;
        this.address = address;
    }

    /** Whether a record can be there: 8 bytes, aligned, reachable. */
    static boolean isUsable(DmaSpace space, long address) {
        DmaWindow window = space.find(address, DoorbellRecord.BYTES, false);
        return window != DmaWindow.NONE && HostMemory.isAligned(window, address, DoorbellRecord.BYTES);
    }

    /** The value, or 0 if it can't be reached. */
    long load() {
        DmaWindow known = window;
        if (!known.isOpen()) {
            known = space.find(address, DoorbellRecord.BYTES, false);
            if (known == DmaWindow.NONE || !HostMemory.isAligned(known, address, DoorbellRecord.BYTES)) {
                return 0;
            }
            window = known;
        }
        if (known.isFar()) {
            MemorySegment word = MemorySegment.ofArray(new long[1]);
            return known.far().read(address, word, 0, DoorbellRecord.BYTES) ? DoorbellRecord.load(word, 0) : 0;
        }
        try {
            return DoorbellRecord.load(known.segment(), known.offsetOf(address));
        } catch (IllegalStateException e) {
            return 0;
        }
    }
}
