package io.erdma.core.testing;

/**
 * A register write as the device saw it.
 *
 * @param bar BAR
 * @param offset byte offset in the BAR
 * @param size width in bytes: 1, 2, 4 or 8
 * @param value zero-extended
 */
public record MmioWrite(int bar, long offset, int size, long value) {
    /** A 32-bit write to BAR 0. */
    public static MmioWrite write32(long offset, int value) {
        return new MmioWrite(0, offset, Integer.BYTES, Integer.toUnsignedLong(value));
    }

    /** A 64-bit write to BAR 0. */
    public static MmioWrite write64(long offset, long value) {
        return new MmioWrite(0, offset, Long.BYTES, value);
    }

    @Override
    public String toString() { return "BAR %d 0x%x := 0x%x (%d bits)".formatted(bar, offset, value, Byte.SIZE * size); }
}
