package io.erdma.model.device;

import java.lang.foreign.MemorySegment;

/** Memory as both sides see it: its device address, and the bytes. */
record Place(long address, MemorySegment memory) {
    /** A part of it. */
    Place at(long offset, long bytes) {
        return new Place(address + offset, memory.asSlice(offset, bytes));
    }
}
