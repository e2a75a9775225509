package io.erdma.provider;

import io.erdma.core.process.AnonymousMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Small things that CQs and QPs need for their requests. */
final class Abi {
    private Abi() {}

    /** A struct to be filled in, all 0, aligned for every field. */
    static MemorySegment zeroed(int bytes) {
        return MemorySegment.ofArray(new long[(bytes + Long.BYTES - 1) / Long.BYTES]).asSlice(0, bytes);
    }

    /** The smallest power of two that is not smaller, for 1 … 2³⁰. */
    static int powerOfTwo(int value) {
        return value == 1 ? 1 : Integer.highestOneBit(value - 1) << 1;
    }

    /** Gives the memory of a queue back. Idempotent. */
    static void free(AnonymousMemory memory, RecordPool.@Nullable Slot record) {
        memory.close();
        if (record != null) {
            record.close();
        }
    }
}
