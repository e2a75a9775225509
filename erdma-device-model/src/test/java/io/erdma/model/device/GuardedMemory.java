package io.erdma.model.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Host memory, zeroed, with bytes before and behind it that nobody may touch. */
final class GuardedMemory implements AutoCloseable {
    private static final long GUARD_BYTES = 1 << 14;
    private static final byte GUARD = 0x5C;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment all;
    private final MemorySegment memory;
    private final MemorySegment intact;

    GuardedMemory(long bytes) {
        all = arena.allocate(bytes + 2 * GUARD_BYTES, 4096);
        memory = all.asSlice(GUARD_BYTES, bytes);
        before().fill(GUARD);
        behind().fill(GUARD);
        intact = arena.allocate(GUARD_BYTES).fill(GUARD);
    }

    private MemorySegment before() {
        return all.asSlice(0, GUARD_BYTES);
    }

    private MemorySegment behind() {
        return all.asSlice(GUARD_BYTES + memory.byteSize(), GUARD_BYTES);
    }

    MemorySegment memory() {
        return memory;
    }

    /** Whether nothing was written before and behind the memory. */
    boolean isIntact() {
        return before().mismatch(intact) < 0 && behind().mismatch(intact) < 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
