package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a test host: one window, given out piece by piece, zeroed; around it lie bytes that the device can't reach. */
final class HostMemoryArea implements AutoCloseable {
    static final long BASE = 0x10_0000_0000L;
    private static final long GUARD_BYTES = 1 << 16;
    private static final byte GUARD = 0x5C;

    private final Arena arena = Arena.ofShared();
    private final DmaSpace space;
    private final MemorySegment guarded;
    private final MemorySegment memory;
    private long used;

    HostMemoryArea(DmaSpace space, long bytes) {
        this.space = space;
        this.guarded = arena.allocate(bytes + 2 * GUARD_BYTES, 4096);
        guarded.asSlice(0, GUARD_BYTES).fill(GUARD);
        guarded.asSlice(GUARD_BYTES + bytes, GUARD_BYTES).fill(GUARD);
        this.memory = guarded.asSlice(GUARD_BYTES, bytes);
        space.map(memory, BASE, true);
    }

    /** Memory that somebody else maps at {@link #BASE} and takes away. */
    HostMemoryArea(MemorySegment memory) {
        this.space = null;
        this.guarded = memory;
        this.memory = memory;
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

    /** Whether nothing was written before and behind the memory. */
    boolean isGuardIntact() {
        MemorySegment intact = arena.allocate(GUARD_BYTES).fill(GUARD);
        return guarded.asSlice(0, GUARD_BYTES).mismatch(intact) < 0
                && guarded.asSlice(GUARD_BYTES + memory.byteSize(), GUARD_BYTES).mismatch(intact) < 0;
    }

    /** Takes all pieces back, and zeroes them. */
    void rewind() {
        memory.asSlice(0, Math.min(used, memory.byteSize())).fill((byte) 0);
        used = 0;
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
        if (space != null) {
            space.unmap(BASE);
        }
        arena.close();
    }
}
