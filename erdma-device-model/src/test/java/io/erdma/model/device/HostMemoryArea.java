package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FarMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Memory of a test host: one window, given out piece by piece, zeroed; around it lie bytes that the device can't reach. With the property {@code
 * erdma.test.farMemory} the device can't see it and must ask.
 */
final class HostMemoryArea implements AutoCloseable {
    static final long BASE = 0x10_0000_0000L;

    private final DmaSpace space;
    private final GuardedMemory guarded;
    private final MemorySegment memory;
    private long used;

    HostMemoryArea(DmaSpace space, long bytes) {
        this.space = space;
        this.guarded = new GuardedMemory(bytes);
        this.memory = guarded.memory();
        if (Boolean.getBoolean("erdma.test.farMemory")) {
            space.map(new Asked(memory), BASE, bytes, true);
        } else {
            space.map(memory, BASE, true);
        }
    }

    private record Asked(MemorySegment memory) implements FarMemory {
        @Override
        public boolean read(long deviceAddress, MemorySegment target, long offset, long bytes) {
            MemorySegment.copy(memory, at(deviceAddress), target, offset, bytes);
            VarHandle.fullFence();
            return true;
        }

        @Override
        public boolean write(long deviceAddress, MemorySegment source, long offset, long bytes) {
            VarHandle.fullFence();
            MemorySegment.copy(source, offset, memory, at(deviceAddress), bytes);
            return true;
        }
    }

    /** Memory that somebody else maps at {@link #BASE} and takes away. */
    HostMemoryArea(MemorySegment memory) {
        this.space = null;
        this.guarded = null;
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

    /** A fresh piece. */
    Place place(long bytes, long alignment) {
        long address = take(bytes, alignment);
        return new Place(address, slice(address, bytes));
    }

    /** Whether nothing was written before and behind the memory. */
    boolean isGuardIntact() {
        return guarded.isIntact();
    }

    /** All that was given out. */
    MemorySegment used() {
        return memory.asSlice(0, used);
    }

    /** Takes all pieces back, and zeroes them. */
    void rewind() {
        used().fill((byte) 0);
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
            guarded.close();
        }
    }
}
