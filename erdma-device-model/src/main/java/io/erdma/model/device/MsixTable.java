package io.erdma.model.device;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * BAR 2: the MSI-X table (16 bytes a vector: address, data, control with bit 0 = masked) from 0 and the pending bits at {@link #PBA_OFFSET}. Vectors
 * start masked. One word holds all masks and pending bits, so that a raise and an unmask never miss each other.
 */
final class MsixTable {
    /** Bytes of the BAR. */
    static final long BYTES = 4096;
    /** Where the pending bits are: 8 bytes, bit n for vector n, read only. */
    static final long PBA_OFFSET = 0x800;

    private static final int ENTRY_WORDS = 4;
    private static final int CONTROL_WORD = 3;
    private static final int WORD_SHIFT = 2;
    private static final int MASKED = 1;
    private static final int PENDING_SHIFT = 32;

    private final int vectors;
    private final AtomicIntegerArray words;
    /** 31:0 masked, 63:32 pending. */
    private final AtomicLong state;

    MsixTable(int vectors) {
        this.vectors = vectors;
        this.words = new AtomicIntegerArray(vectors * ENTRY_WORDS);
        this.state = new AtomicLong((1L << vectors) - 1);
    }

    /** A raise: true if the message goes out now; else it is pending until the unmask. */
    boolean raise(int vector) {
        long bit = 1L << vector;
        while (true) {
            long now = state.get();
            if ((now & bit) == 0) {
                return true;
            }
            if (state.compareAndSet(now, now | bit << PENDING_SHIFT)) {
                return false;
            }
        }
    }

    /** Drops what is pending. */
    void clearPending() {
        state.getAndUpdate(now -> now & 0xFFFF_FFFFL);
    }

    /** Forgets addresses and data. The masks stay: whoever drives the bus has them, and would restore them. */
    void clearMessages() {
        for (int i = 0; i < words.length(); i++) {
            words.set(i, 0);
        }
    }

    /** A 32-bit word at an offset. */
    int read(long offset) {
        if (offset < words.length() * 4L) {
            int word = (int) (offset >> WORD_SHIFT);
            return word % ENTRY_WORDS == CONTROL_WORD
                    ? (int) (state.get() >> (word / ENTRY_WORDS)) & MASKED
                    : words.get(word);
        }
        return offset == PBA_OFFSET ? (int) (state.get() >>> PENDING_SHIFT) : 0;
    }

    /** Writes a 32-bit word; returns the vector whose pending message goes out now, or −1. */
    int write(long offset, int value) {
        int word = (int) (offset >> WORD_SHIFT);
        if (word % ENTRY_WORDS != CONTROL_WORD) {
            words.set(word, value);
            return -1;
        }
        int vector = word / ENTRY_WORDS;
        long mask = 1L << vector;
        long pending = mask << PENDING_SHIFT;
        if ((value & MASKED) != 0) {
            state.getAndUpdate(now -> now | mask);
            return -1;
        }
        long before = state.getAndUpdate(now -> now & ~(mask | pending));
        return (before & pending) != 0 ? vector : -1;
    }

    /** Whether there is a word of the table (not: of the pending bits) at an offset. */
    boolean isTable(long offset) {
        return offset >= 0 && offset < ((long) vectors * ENTRY_WORDS) << WORD_SHIFT;
    }
}
