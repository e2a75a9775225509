package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.ids.IndexAllocator;
import io.erdma.core.ids.SparseArray;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one kind by number (kernel: {@code struct erdma_resource_cb}, {@code dev->qp_xa}, {@code dev->cq_xa}). Numbers are given out cyclically
 * from 1; 0 never is. Thread-safe.
 */
final class ObjectTable<T> {
    private final String kind;
    private final Errno exhausted;
    private final int size;
    private final IndexAllocator numbers;
    private final SparseArray<T> objects;

    /**
     * @param kind what its objects are called, such as {@code QP}
     * @param size numbers 1 … size − 1 are given out
     * @param exhausted the errno when none is left
     */
    ObjectTable(String kind, int size, Errno exhausted) {
        this.kind = kind;
        this.exhausted = exhausted;
        this.size = size;
        this.numbers = new IndexAllocator(1, size - 1);
        this.objects = new SparseArray<>(size);
    }

    /** Takes a number, which finds nothing yet; the table's own errno when none is left. */
    int reserve() {
        return numbers.allocate()
                .orElseThrow(
                        () -> new ErrnoException(exhausted, "all " + (size - 1) + " " + kind + " numbers are in use"));
    }

    /** From now on the number finds the object. */
    void publish(int number, T object) {
        objects.set(number, object);
    }

    /** The object of a number, which may be anything, or null. */
    @Nullable
    T find(int number) {
        return objects.find(number);
    }

    /** From now on the number finds nothing; it is not given out again before {@link #free}. */
    void withdraw(int number) {
        objects.clear(number);
    }

    /** Gives a reserved number back; it finds nothing from now on. */
    void free(int number) {
        objects.clear(number);
        numbers.free(number);
    }

    /** All that can be found now, in the order of their numbers. */
    List<T> all() {
        return objects.all();
    }

    /** How many numbers are in use. */
    int inUse() {
        return numbers.inUse();
    }
}
