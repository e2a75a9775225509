package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Memory that goes away while queues and regions use it: it is unmapped, or its arena is closed under the mapping. */
final class FleetingMemory implements AutoCloseable {
    static final long BYTES = 1 << 14;
    /** Where in it a translation table is. */
    static final long TABLE = 0x3000;
    private static final int TABLE_ENTRIES = 16;

    /** What the host puts there when it has unmapped it. */
    private final MemorySegment unmapped = Arena.ofAuto().allocate(BYTES).fill((byte) 0x6B);

    private final DmaSpace space;
    final long address;
    private GuardedMemory memory;
    private boolean there;
    private boolean closed;

    FleetingMemory(DmaSpace space, long address) {
        this.space = space;
        this.address = address;
        map();
    }

    private void map() {
        memory = new GuardedMemory(BYTES);
        space.map(memory.memory(), address, true);
        there = true;
        closed = false;
        fillTable();
    }

    private void fillTable() {
        for (int i = 0; i < TABLE_ENTRIES; i++) {
            memory.memory().set(ValueLayout.JAVA_LONG, TABLE + 8L * i, Playground.BASE + (i * 5L % 16 << 12));
        }
    }

    /** Whether the device can reach it. */
    boolean isThere() {
        return there;
    }

    Place at(long offset, long bytes) {
        return new Place(address, memory.memory()).at(offset, bytes);
    }

    /** Takes it away from the device; what the host keeps gets a content that must stay. */
    void unmap() {
        space.unmap(address);
        memory.memory().copyFrom(unmapped);
        there = false;
    }

    /** Closes its arena under the device. */
    void closeArena() {
        memory.close();
        there = false;
        closed = true;
    }

    /** Whether nothing was written round it, nor into it after it was unmapped. */
    boolean isUntouched() {
        return closed || memory.isIntact() && (there || memory.memory().mismatch(unmapped) < 0);
    }

    /** There, and zeroed. */
    void refresh() {
        if (there) {
            memory.memory().fill((byte) 0);
            fillTable();
        } else {
            renew();
        }
    }

    /** New memory at the old address. */
    void renew() {
        close();
        map();
    }

    @Override
    public void close() {
        space.unmap(address);
        if (!closed) {
            memory.close();
        }
    }
}
