package io.erdma.model.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Another value in one field of an entry: some bits of a word, or an address. */
final class FieldMutation {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong ADDRESS = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int[] WIDTHS = { 1, 1, 2, 4, 8, 12, 16, 20, 32 };

    private final SplittableRandom random;

    FieldMutation(SplittableRandom random) {
        this.random = random;
    }

    /** Mutates one of the words of an entry. */
    void word(MemorySegment memory, long offset, int bytes) {
        long at = offset + 4L * random.nextInt(bytes >> 2);
        memory.set(WORD, at, (int) bits(memory.get(WORD, at), 32));
    }

    /** Some of the low bits of a value, with another value; never the same. */
    long bits(long old, int size) {
        int width = Math.min(size, WIDTHS[random.nextInt(WIDTHS.length)]);
        int shift = random.nextInt(size - width + 1);
        long mask = (1L << width) - 1;
        long field = old >>> shift & mask;
        long other = switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> mask;
            case 2 -> field + 1;
            case 3 -> field - 1;
            case 4 -> field ^ 1L << random.nextInt(width);
            default -> random.nextLong();
        } & mask;
        if (other == field) {
            other ^= 1;
        }
        return old & ~(mask << shift) | other << shift;
    }

    /** Puts another address where one is. */
    void address(MemorySegment memory, long offset, long[] addresses) {
        memory.set(ADDRESS, offset, addresses[random.nextInt(addresses.length)]);
    }

    /** Anything at all. */
    void all(MemorySegment memory, long offset, int bytes) {
        for (long at = offset; at < offset + bytes; at += Integer.BYTES) {
            memory.set(WORD, at, random.nextInt());
        }
    }
}
