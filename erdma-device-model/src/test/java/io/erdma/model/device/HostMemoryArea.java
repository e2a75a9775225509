package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a test host: one window, given out piece by piece, zeroed. */
final class HostMemoryArea implements AutoCloseable {
    static final long BASE = 0x10_0000_0000L;

    private final Arena arena = Arena.ofShared();
    private final DmaSpace space;
    private final MemorySegment memory;
    private long used;

    HostMemoryArea(DmaSpace space, long bytes) {
        this.space = space;
        this.memory = arena.allocate(bytes, 1 << 20);
        space.map(memory, BASE, true);
    }

    /** Device address of a fresh piece. */
    long take(long bytes, long alignment) {
        used = (used + alignment - 1) & -alignment;
        long address = BASE + used;
        used += bytes;
        if (used > memory.byteSize()) {
            throw new IllegalStateException("test memory is used up");
        }
        return address;
    }

    MemorySegment all() {
        return memory;
    }

    /** Offset in {@link #all()} of a device address. */
    static long at(long address) {
        return address - BASE;
    }

    MemorySegment slice(long address, long bytes) {
        return memory.asSlice(at(address), bytes);
    }

    @Override
    public void close() {
        space.unmap(BASE);
        arena.close();
    }
}
