package io.erdma.hw;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.MemorySegment;

/**
 * Bits of a little-endian 32-bit word of a command, read and replaced in place. For the control path: a value that does not fit is
 * refused, and setting one field leaves the rest of the word alone.
 *
 * @param offset of the word in its descriptor, in bytes
 * @param bits of the word, within 31:0
 */
public record WordField(long offset, BitField bits) {
    /** Bits {@code high:low} of the word at an offset. */
    public static WordField of(long offset, int high, int low) {
        return new WordField(offset, BitField.of(high, low));
    }

    /** The field of the descriptor at {@code base}. */
    public int get(MemorySegment segment, long base) {
        return bits.getInt(Words.le32(segment, base + offset));
    }

    /** Sets the field. @throws ErrnoException EINVAL: the value, taken as unsigned, has more bits than the field */
    public void set(MemorySegment segment, long base, int value) {
        setUnsigned(segment, base, Integer.toUnsignedLong(value));
    }

    /** The field as an unsigned number. */
    public long getUnsigned(MemorySegment segment, long base) {
        return bits.get(Words.le32(segment, base + offset));
    }

    /** Sets the field. @throws ErrnoException EINVAL: the value has more bits than the field */
    public void setUnsigned(MemorySegment segment, long base, long value) {
        if (!bits.fits(value)) {
            throw new ErrnoException(Errno.EINVAL, "value " + value + " does not fit the field of "
                    + Long.bitCount(bits.mask()) + " bits at bit " + bits.shift() + " of the word at " + offset);
        }
        long word = Words.le32(segment, base + offset);
        Words.setLe32(segment, base + offset, (int) bits.with(word, value));
    }

    /** Whether the flag is set. */
    public boolean isSet(MemorySegment segment, long base) {
        return get(segment, base) != 0;
    }

    /** Sets or clears the flag. */
    public void set(MemorySegment segment, long base, boolean flag) {
        set(segment, base, flag ? 1 : 0);
    }
}
