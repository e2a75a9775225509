package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Memory of a test, all 0, between two guard pages in which nobody may write. */
public final class Memory implements AutoCloseable {
    private static final int GUARD = 4096;
    private static final byte GUARD_BYTE = 0x5A;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment guarded;
    private final MemorySegment segment;
    private boolean closed;

    Memory(long bytes) {
        guarded = arena.allocate(bytes + 2 * GUARD, GUARD);
        segment = guarded.asSlice(GUARD, bytes);
        guarded.asSlice(0, GUARD).fill(GUARD_BYTE);
        guarded.asSlice(GUARD + bytes).fill(GUARD_BYTE);
    }

    /** All of it. */
    public MemorySegment segment() {
        return segment;
    }

    /** A piece of it. */
    public MemorySegment slice(long offset, long bytes) {
        return segment.asSlice(offset, bytes);
    }

    /** Address of a byte. */
    public long address(long offset) {
        return segment.address() + offset;
    }

    /** Some bytes. */
    public byte[] bytes(long offset, int length) {
        return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** All bytes. */
    public byte[] bytes() {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Stores bytes. */
    public void put(long offset, byte... bytes) {
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    /** Stores bytes that depend on where they are and on the seed. */
    public void fill(long offset, long length, int seed) {
        for (long i = 0; i < length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (seed + 31 * i + (i >> 8)));
        }
    }

    /** Eight bytes. */
    public long getLong(long offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    /** Stores eight bytes. */
    public void putLong(long offset, long value) {
        segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            assertThat(guarded.asSlice(0, GUARD).toArray(ValueLayout.JAVA_BYTE)).containsOnly(GUARD_BYTE);
            assertThat(guarded.asSlice(guarded.byteSize() - GUARD).toArray(ValueLayout.JAVA_BYTE))
                    .containsOnly(GUARD_BYTE);
            arena.close();
        }
    }
}
