package io.erdma.hw;

/**
 * Bits {@code high:low} of a 32- or 64-bit word. As a constant it is folded by the JIT into a mask and a shift.
 *
 * @param mask the field's bits in place
 * @param shift number of the lowest bit
 */
public record BitField(long mask, int shift) {
    /** The bits {@code high} to {@code low}, both included, {@code 63 ≥ high ≥ low ≥ 0}. */
    public static BitField of(int high, int low) {
        return new BitField((-1L >>> (63 - high + low)) << low, low);
    }

    /** A flag. */
    public static BitField bit(int number) {
        return of(number, number);
    }

    /** The field's value in a word, unsigned. An {@code int} word may be given as it is where the field lies in 31:0. */
    public long get(long word) {
        return (word & mask) >>> shift;
    }

    /** The field's value in a word, for fields of up to 31 bits. */
    public int getInt(long word) {
        return (int) get(word);
    }

    /** Whether any bit of the field is set. */
    public boolean isSet(long word) {
        return (word & mask) != 0;
    }

    /** A value in its place, cut to the field; to be or-ed into a word whose field is 0. */
    public long place(long value) {
        return (value << shift) & mask;
    }

    /** A flag in its place. */
    public long place(boolean flag) {
        return flag ? mask : 0;
    }

    /** The word with this field replaced; the value is cut to the field. */
    public long with(long word, long value) {
        return (word & ~mask) | place(value);
    }

    /** Whether a value, taken as unsigned, has no bits outside the field. */
    public boolean fits(long value) {
        return (value & ~(mask >>> shift)) == 0;
    }
}
