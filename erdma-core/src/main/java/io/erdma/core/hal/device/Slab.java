package io.erdma.core.hal.device;

import java.util.TreeSet;

/** A buddy allocator over one region: blocks of a power of two, aligned to their size. Guarded by its owner. */
final class Slab {
    static final long BYTES = 4L << 20;

    private static final int SMALLEST_SHIFT = 8;
    private static final int LARGEST_SHIFT = Long.numberOfTrailingZeros(BYTES);

    private final CoherentMemory.Region region;
    private final TreeSet<Long>[] free;
    /** By the smallest block that begins there: log2 of the size of the block that was taken there, 0 if none was. */
    private final byte[] taken = new byte[(int) (BYTES >> SMALLEST_SHIFT)];
    private int blocks;

    @SuppressWarnings({ "unchecked", "rawtypes" }) // an array of a generic type
    Slab(CoherentMemory.Region region) {
        this.region = region;
        this.free = new TreeSet[LARGEST_SHIFT + 1];
        for (int shift = SMALLEST_SHIFT; shift <= LARGEST_SHIFT; shift++) {
            free[shift] = new TreeSet<>();
        }
        free[LARGEST_SHIFT].add(0L);
    }

    CoherentMemory.Region region() {
        return region;
    }

    /** Offset of a free block that holds {@code bytes} aligned to {@code alignment}, or −1. */
    long take(long bytes, long alignment) {
        int wanted = Math.max(SMALLEST_SHIFT, 64 - Long.numberOfLeadingZeros(Math.max(bytes, alignment) - 1));
        int shift = wanted;
        while (shift <= LARGEST_SHIFT && free[shift].isEmpty()) {
            shift++;
        }
        if (shift > LARGEST_SHIFT) {
            return -1;
        }
        long offset = free[shift].removeFirst();
        while (shift > wanted) {
            shift--;
            free[shift].add(offset + (1L << shift));
        }
        taken[(int) (offset >> SMALLEST_SHIFT)] = (byte) wanted;
        blocks++;
        return offset;
    }

    void giveBack(long offset) {
        int at = (int) (offset >> SMALLEST_SHIFT);
        int shift = taken[at];
        if (shift == 0 || (offset & ((1L << shift) - 1)) != 0) {
            throw new IllegalStateException("no block at " + offset);
        }
        taken[at] = 0;
        blocks--;
        long block = offset;
        while (shift < LARGEST_SHIFT && free[shift].remove(block ^ (1L << shift))) {
            block &= ~(1L << shift);
            shift++;
        }
        free[shift].add(block);
    }

    boolean isEmpty() {
        return blocks == 0;
    }
}
