package io.erdma.core.hal.device;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DeviceAddressesTest {
    private final DeviceAddresses addresses = new DeviceAddresses();

    @Property
    void take_agreesBelowTheModulus_andNeverGivesARangeTwice(
            @ForAll @LongRange(min = 1, max = 1L << 40) long bytes, @ForAll long congruentTo,
            @ForAll @IntRange(max = 30) int modulusBits) {
        long modulus = 1L << modulusBits;
        long before = addresses.take(1, 0, 1);
        long base = addresses.take(bytes, congruentTo, modulus);
        long after = addresses.take(1, 0, 1);
        assertThat((base ^ congruentTo) & (modulus - 1)).isZero();
        assertThat(base).isGreaterThan(before + 4096);
        assertThat(after).isGreaterThanOrEqualTo(base + bytes + 4096);
    }

    @Test
    void take_beyondTheEnd_isOutOfMemory_andChangesNothing() {
        DeviceAddresses few = new DeviceAddresses(Long.MAX_VALUE - 3 * 4096);
        assertErrno(Errno.ENOMEM, () -> few.take(2 * 4096 + 1, 0, 1)).contains("8193");
        assertErrno(Errno.ENOMEM, () -> few.take(Long.MAX_VALUE, 0, 1));
        assertErrno(Errno.ENOMEM, () -> few.take(1, 0, 1L << 30));
        assertThat(few.take(2 * 4096, 0, 1)).isEqualTo(Long.MAX_VALUE - 3 * 4096);
    }
}
