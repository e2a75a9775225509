package io.erdma.model.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.testing.ManualClock;
import io.erdma.model.spec.MeterSpec;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MeterTest {
    private static final long MILLI = 1_000_000;

    private final ManualClock clock = new ManualClock();

    @Test
    void admit_withoutLimits_passes() {
        Meter meter = new Meter(clock, MeterSpec.UNLIMITED);

        assertThat(meter.admit(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Meter.PASS);
        assertThat(meter.admit(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Meter.PASS);
    }

    @Test
    void admit_passesABurst_andThenTheRate() {
        Meter meter = new Meter(clock, new MeterSpec(0, 1000)); // a bucket holds 10 packets

        for (int i = 0; i < 10; i++) {
            assertThat(meter.admit(0, 1)).isEqualTo(Meter.PASS);
        }
        assertThat(meter.admit(0, 1)).isEqualTo(Meter.OVER_PACKETS);
        clock.advance(MILLI);
        assertThat(meter.admit(0, 1)).isEqualTo(Meter.PASS);
        assertThat(meter.admit(0, 1)).isEqualTo(Meter.OVER_PACKETS);
    }

    @Test
    void admit_letsALargeMessageOverdraw_andHasItPaidOff() {
        Meter meter = new Meter(clock, new MeterSpec(8000, 0)); // 1 byte a millisecond

        assertThat(meter.admit(1000, 1)).isEqualTo(Meter.PASS);
        clock.advance(Duration.ofMillis(989));
        assertThat(meter.admit(1, 1)).isEqualTo(Meter.OVER_BITS);
        clock.advance(Duration.ofMillis(2));
        assertThat(meter.admit(1, 1)).isEqualTo(Meter.PASS);
    }

    @Test
    void admit_refusedForItsBits_usesNoPackets() {
        Meter meter = new Meter(clock, new MeterSpec(80_000, 1));
        meter.admit(1000, 0); // 100 ms to pay off

        assertThat(meter.admit(1, 1)).isEqualTo(Meter.OVER_BITS);
        clock.advance(Duration.ofMillis(100));

        assertThat(meter.admit(1, 1)).isEqualTo(Meter.PASS);
        assertThat(meter.admit(1, 1)).isEqualTo(Meter.OVER_PACKETS);
    }

    @Test
    void setLimits_beginsWithAFullBucket() {
        Meter meter = new Meter(clock, new MeterSpec(8, 0));
        meter.admit(1000, 1);

        meter.setLimits(new MeterSpec(16, 0));

        assertThat(meter.admit(1, 1)).isEqualTo(Meter.PASS);
        assertThat(meter.admit(1, 1)).isEqualTo(Meter.OVER_BITS);
    }

    @Test
    void setLimits_toNone_passesAtOnce() {
        Meter meter = new Meter(clock, new MeterSpec(1, 1));
        meter.admit(1000, 1);

        meter.setLimits(MeterSpec.UNLIMITED);

        assertThat(meter.admit(1000, 1)).isEqualTo(Meter.PASS);
    }

    @Property(tries = 200)
    void overTime_noMoreThanTheRateAndABurstPasses(
            @ForAll @LongRange(min = 1000, max = 1_000_000_000L) long bitsPerSecond,
            @ForAll @IntRange(min = 100, max = 9000) int packetBytes) {
        ManualClock own = new ManualClock(-5 * MILLI); // across zero
        Meter meter = new Meter(own, new MeterSpec(bitsPerSecond, 0));
        long passed = 0;
        int steps = 200;
        for (int i = 0; i < steps; i++) {
            while (meter.admit(packetBytes, 1) == Meter.PASS) {
                passed += packetBytes;
            }
            own.advance(MILLI / 10);
        }

        double seconds = steps * 0.0001 + 0.01;
        assertThat((double) passed).isLessThanOrEqualTo(bitsPerSecond / 8.0 * seconds + packetBytes);
    }
}
