package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BitFieldTest {
    @Property
    void get_isTheBitsOfTheWord_shiftedDown(@ForAll @IntRange(max = 63) int a, @ForAll @IntRange(max = 63) int b,
            @ForAll long word) {
        int high = Math.max(a, b);
        int low = Math.min(a, b);
        BigInteger expected = new BigInteger(Long.toUnsignedString(word)).shiftRight(low)
                .mod(BigInteger.ONE.shiftLeft(high - low + 1));

        assertThat(BitField.of(high, low).get(word)).isEqualTo(expected.longValue());
        assertThat(BitField.of(high, low).isSet(word)).isEqualTo(expected.signum() != 0);
    }

    @Property
    void with_replacesTheField_andLeavesTheRestAlone(@ForAll @IntRange(max = 63) int a,
            @ForAll @IntRange(max = 63) int b,
            @ForAll long word, @ForAll long value) {
        BitField field = BitField.of(Math.max(a, b), Math.min(a, b));
        long changed = field.with(word, value);

        assertThat(changed & ~field.mask()).isEqualTo(word & ~field.mask());
        assertThat(field.get(changed)).isEqualTo(value & (field.mask() >>> field.shift()));
        assertThat(field.place(value)).isEqualTo(field.with(0, value));
    }

    @Property
    void fits_isSoForWhatComesBackWhole(@ForAll @IntRange(max = 63) int a, @ForAll @IntRange(max = 63) int b,
            @ForAll long value) {
        BitField field = BitField.of(Math.max(a, b), Math.min(a, b));

        assertThat(field.fits(value)).isEqualTo(field.get(field.place(value)) == value);
        assertThat(field.fits(field.mask() >>> field.shift())).isTrue();
    }

    @Example
    void flag_isOneBit() {
        assertThat(BitField.bit(31).place(true)).isEqualTo(0x8000_0000L);
        assertThat(BitField.bit(31).place(false)).isZero();
        assertThat(BitField.bit(63)).isEqualTo(BitField.of(63, 63));
    }

    @Example
    void get_ofANegativeIntWord_isNotSignExtended() {
        assertThat(BitField.bit(31).get(0x8000_0000)).isEqualTo(1);
        assertThat(BitField.of(31, 0).get(-1)).isEqualTo(0xFFFF_FFFFL);
    }
}
