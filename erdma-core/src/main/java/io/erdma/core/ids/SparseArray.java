package io.erdma.core.ids;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * An array whose memory comes in chunks as it is used. {@link #set} publishes with release: who finds an element sees it whole. {@link #find} allocates
 * nothing and takes no lock. Thread-safe.
 */
public final class SparseArray<T> {
    private static final int CHUNK_SHIFT = 8;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    private final int size;
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable T>> chunks;

    /** Places 0 … size − 1, all empty. */
    public SparseArray(int size) {
        this.size = size;
        this.chunks = new AtomicReferenceArray<>((size + CHUNK - 1) >>> CHUNK_SHIFT);
    }

    /** What is at a place, or null: also for a place out of range, as a device may say anything. */
    public @Nullable T find(int index) {
        if (index < 0 || index >= size) {
            return null;
        }
        AtomicReferenceArray<@Nullable T> chunk = chunks.getAcquire(index >>> CHUNK_SHIFT);
        return chunk == null ? null : chunk.getAcquire(index & (CHUNK - 1));
    }

    /** Puts an element at a place. */
    public void set(int index, T element) {
        chunk(index >>> CHUNK_SHIFT).set(index & (CHUNK - 1), element);
    }

    private AtomicReferenceArray<@Nullable T> chunk(int number) {
        AtomicReferenceArray<@Nullable T> chunk = chunks.get(number);
        if (chunk != null) {
            return chunk;
        }
        AtomicReferenceArray<@Nullable T> made = new AtomicReferenceArray<>(CHUNK);
        AtomicReferenceArray<@Nullable T> before = chunks.compareAndExchange(number, null, made);
        return before == null ? made : before;
    }

    /** Empties a place. */
    public void clear(int index) {
        AtomicReferenceArray<@Nullable T> chunk = chunks.get(index >>> CHUNK_SHIFT);
        if (chunk != null) {
            chunk.set(index & (CHUNK - 1), null);
        }
    }

    /** All elements at this moment, in order. */
    public List<T> all() {
        List<T> found = new ArrayList<>();
        for (int c = 0; c < chunks.length(); c++) {
            AtomicReferenceArray<@Nullable T> chunk = chunks.get(c);
            for (int i = 0; chunk != null && i < CHUNK; i++) {
                T element = chunk.get(i);
                if (element != null) {
                    found.add(element);
                }
            }
        }
        return found;
    }
}
