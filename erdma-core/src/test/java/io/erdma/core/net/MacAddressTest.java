package io.erdma.core.net;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    @Test
    void firstOctet_isTheMostSignificant() {
        MacAddress mac = MacAddress.parse("01:23:45:67:89:aB");
        assertThat(mac.bits()).isEqualTo(0x0123_4567_89ABL);
        assertThat(mac.octet(0)).isEqualTo(0x01);
        assertThat(mac.octet(5)).isEqualTo(0xAB);
        assertThat(mac).hasToString("01:23:45:67:89:ab");
    }

    @Property
    void textAndNumber_areTheSame(@ForAll @LongRange(max = 0xFFFF_FFFF_FFFFL) long bits) {
        assertThat(MacAddress.parse(new MacAddress(bits).toString()).bits()).isEqualTo(bits);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "00:16:3e:00:00", "00:16:3e:00:00:01:02", "00-16-3e-00-00-01", "0:16:3e:00:00:01",
        "00:16:3e:00:00:0g", " 00:16:3e:00:00:01", "00163e000001" })
    void otherForms_areRefused(String text) {
        assertErrno(Errno.EINVAL, () -> MacAddress.parse(text)).contains("'" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(longs = { -1, 1L << 48, Long.MIN_VALUE })
    void moreThan48Bits_areRefused(long bits) {
        assertErrno(Errno.EINVAL, () -> new MacAddress(bits)).contains(Long.toHexString(bits));
    }
}
