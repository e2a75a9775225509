package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The memory that garbage names, far from that of the tenant's own queues, so that one wrong field does not lead there: two windows side by side, one that
 * the device may only read and that holds translation tables, and some that go away.
 */
final class Playground implements AutoCloseable {
    static final long BASE = 0x5A12_4000_0000L;
    static final long BYTES = 1 << 17;
    static final long PAGES = BYTES >> 12;
    static final long READ_ONLY = BASE + (1 << 20);
    static final long READ_ONLY_BYTES = 1 << 14;
    /** Memory of a region that goes away, and that of queues, which is far from here too. */
    private static final long FLEETING_REGION = BASE + (2 << 20);
    private static final long FLEETING_QUEUES = 0x3C55_8000_0000L;
    private static final long FLEETING_STEP = 1 << 17;

    /** Tables: all pages in another order; pages that are not there; of level 2 and level 3. */
    static final long TABLE = READ_ONLY;
    static final long BAD_TABLE = READ_ONLY + 0x800;
    static final long LEVEL_2 = READ_ONLY + 0x1000;
    static final long LEVEL_3 = READ_ONLY + 0x3000;

    private final DmaSpace space;
    private final GuardedMemory low = new GuardedMemory(BYTES / 2);
    private final GuardedMemory high = new GuardedMemory(BYTES / 2);
    private final GuardedMemory readOnly = new GuardedMemory(READ_ONLY_BYTES);
    private final MemorySegment readOnlyBefore = Arena.ofAuto().allocate(READ_ONLY_BYTES);
    private final List<FleetingMemory> fleeting;
    private final long[] addresses;

    Playground(DmaSpace space) {
        this.space = space;
        space.map(low.memory(), BASE, true);
        space.map(high.memory(), BASE + BYTES / 2, true);
        fillTables();
        readOnlyBefore.copyFrom(readOnly.memory());
        space.map(readOnly.memory(), READ_ONLY, false);
        fleeting = LongStream
                .concat(LongStream.range(0, GarbagePairs.FLEETING).map(i -> FLEETING_QUEUES + i * FLEETING_STEP),
                        LongStream.of(FLEETING_REGION))
                .mapToObj(address -> new FleetingMemory(space, address)).toList();
        addresses = LongStream.concat(LongStream.of(0, 8, -1, -8, -4096, Long.MIN_VALUE, Long.MAX_VALUE - 7, 1L << 52),
                LongStream.of(BASE, BASE + BYTES / 2, BASE + BYTES, READ_ONLY, READ_ONLY + READ_ONLY_BYTES,
                        FLEETING_REGION, FLEETING_REGION + FleetingMemory.BYTES)
                        .flatMap(edge -> LongStream.of(edge - 4096, edge - 64, edge - 8, edge - 4, edge - 1, edge,
                                edge + 1, edge + 4, edge + 8)))
                .toArray();
    }

    private void fillTables() {
        for (int i = 0; i < PAGES; i++) {
            long page = BASE + ((i * 7L + 3) % PAGES << 12);
            entry(TABLE, i, page);
            entry(BAD_TABLE, i, i % 3 == 0 ? page : i % 3 == 1 ? READ_ONLY : BASE + BYTES);
            entry(READ_ONLY + 0x2000, i, page);
        }
        entry(LEVEL_2, 0, READ_ONLY + 0x2000);
        entry(LEVEL_2, 1, BAD_TABLE);
        entry(LEVEL_3, 0, LEVEL_2);
    }

    private void entry(long table, int index, long address) {
        readOnly.memory().set(ValueLayout.JAVA_LONG, table - READ_ONLY + 8L * index, address);
    }

    /** The lower of the two windows. */
    MemorySegment low() {
        return low.memory();
    }

    /** Device addresses at edges, misaligned, beyond, that wrap, that may only be read. */
    long[] addresses() {
        return addresses;
    }

    FleetingMemory fleeting(int index) {
        return fleeting.get(index);
    }

    /** Whether the device has touched nothing that it may not touch. */
    boolean isUntouched() {
        return low.isIntact() && high.isIntact() && readOnly.isIntact()
                && readOnly.memory().mismatch(readOnlyBefore) < 0
                && fleeting.stream().allMatch(FleetingMemory::isUntouched);
    }

    /** All is there, and what can be written is zeroed. */
    void refresh() {
        fill((byte) 0);
        fleeting.forEach(FleetingMemory::refresh);
    }

    /** Fills what can be written and stays. */
    void fill(byte value) {
        low.memory().fill(value);
        high.memory().fill(value);
    }

    /** Whether all of that has a pattern's bytes still. */
    boolean isFilled(MemorySegment pattern) {
        long step = pattern.byteSize();
        for (MemorySegment part : List.of(low.memory(), high.memory())) {
            for (long from = 0; from < part.byteSize(); from += step) {
                if (MemorySegment.mismatch(part, from, from + step, pattern, 0, step) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void close() {
        for (long window : new long[]{ BASE, BASE + BYTES / 2, READ_ONLY }) {
            space.unmap(window);
        }
        fleeting.forEach(FleetingMemory::close);
        List.of(low, high, readOnly).forEach(GuardedMemory::close);
    }
}
