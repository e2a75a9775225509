package io.erdma.core.ids;

import java.util.BitSet;
import java.util.OptionalInt;

/**
 * Gives out the numbers {@code first … last} cyclically: a number that was freed comes again only after a whole round, so a stale
 * number is noticed (driver-behaviour §2). Thread-safe.
 */
public final class IndexAllocator {
    private final int first;
    private final int last;
    private final BitSet used;
    private int next;

    /**
     * @param first the smallest number, 0 or more
     * @param last the largest number, {@code first} or more, below {@link Integer#MAX_VALUE}
     * @throws IllegalArgumentException if the range is empty, negative or too large
     */
    public IndexAllocator(int first, int last) {
        if (first < 0 || last < first || last == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("no numbers in " + first + "…" + last);
        }
        this.first = first;
        this.last = last;
        this.used = new BitSet();
        this.next = first;
    }

    /** The next free number, or empty when none is left. */
    public synchronized OptionalInt allocate() {
        int candidate = used.nextClearBit(next);
        if (candidate > last) {
            candidate = used.nextClearBit(first);
            if (candidate > last) {
                return OptionalInt.empty();
            }
        }
        used.set(candidate);
        next = candidate == last ? first : candidate + 1;
        return OptionalInt.of(candidate);
    }

    /**
     * Takes a certain number.
     *
     * @return false if it is taken or out of range
     */
    public synchronized boolean reserve(int index) {
        if (index < first || index > last || used.get(index)) {
            return false;
        }
        used.set(index);
        return true;
    }

    /**
     * Gives a number back.
     *
     * @throws IllegalArgumentException if it was not allocated
     */
    public synchronized void free(int index) {
        if (index < first || index > last || !used.get(index)) {
            throw new IllegalArgumentException("number " + index + " is not allocated");
        }
        used.clear(index);
    }

    /** How many numbers are in use. */
    public synchronized int inUse() {
        return used.cardinality();
    }
}
