package io.erdma.core.process;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Memory that a {@link UserProcess} got from {@link UserProcess#mmap}: whole pages, all 0 at first. */
public final class AnonymousMemory implements AutoCloseable {
    private final UserProcess process;
    private final Arena arena;
    private final MemorySegment segment;
    private final AtomicBoolean unmapped = new AtomicBoolean();

    AnonymousMemory(UserProcess process, Arena arena, MemorySegment segment) {
        this.process = process;
        this.arena = arena;
        this.segment = segment;
    }

    /** The memory; any thread may touch it. */
    public MemorySegment segment() {
        return segment;
    }

    /** Where it begins in the process. */
    public long address() {
        return segment.address();
    }

    /** Gives it back (kernel: {@code munmap}): each access from now on is an {@link IllegalStateException}, and never another one's memory. Idempotent. */
    @Override
    public void close() {
        if (unmapped.compareAndSet(false, true)) {
            process.unmapped(this);
            arena.close();
        }
    }
}
