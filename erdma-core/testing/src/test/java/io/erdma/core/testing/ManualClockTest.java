package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    private final ManualClock clock = new ManualClock(1000);
    private final List<String> rang = new ArrayList<>();

    private Runnable alarm(String name) {
        return () -> rang.add(name + " at " + clock.nanoTime());
    }

    @Test
    void time_standsStill_untilItIsMoved() {
        assertThat(new ManualClock().nanoTime()).isZero();
        assertThat(clock.nanoTime()).isEqualTo(1000);
        clock.advance(5);
        clock.advance(Duration.ofNanos(5));
        clock.advance(0);
        assertThat(clock.nanoTime()).isEqualTo(1010);
        assertThatIllegalArgumentException().isThrownBy(() -> clock.advance(-1));
    }

    @Test
    void parkNanos_advancesInsteadOfWaiting() {
        clock.parkNanos(30);
        clock.parkNanos(0);
        clock.parkNanos(-7);
        assertThat(clock.nanoTime()).isEqualTo(1030);
    }

    @Test
    void alarms_ringInOrder_eachAtItsTime_whoeverMovesTheClock() {
        clock.after(30, alarm("third"));
        clock.after(10, alarm("first"));
        clock.after(10, alarm("second"));
        clock.after(31, alarm("never"));
        clock.parkNanos(10);
        clock.advance(20);
        assertThat(rang).containsExactly("first at 1010", "second at 1010", "third at 1030");
        assertThat(clock.alarmsPending()).isEqualTo(1);
    }

    @Test
    void alarmOfNow_ringsWithTheNextMove() {
        clock.after(0, alarm("now"));
        clock.after(-5, alarm("past"));
        assertThat(rang).isEmpty();
        clock.advance(0);
        assertThat(rang).containsExactly("now at 1000", "past at 1000");
    }

    @Test
    void alarm_maySetAnother_onTheWay() {
        clock.after(10, () -> clock.after(10, alarm("second")));
        clock.advance(25);
        assertThat(rang).containsExactly("second at 1020");
        assertThat(clock.nanoTime()).isEqualTo(1025);
    }

    @Test
    void alarm_thatMovesTheClockItself_isNotTurnedBack() {
        clock.after(10, () -> clock.parkNanos(100));
        clock.advance(20);
        assertThat(clock.nanoTime()).isEqualTo(1110);
    }

    @Test
    void cancelledAlarm_doesNotRing() {
        ManualClock.Alarm alarm = clock.after(10, alarm("never"));
        assertThat(alarm.cancel()).isTrue();
        assertThat(alarm.cancel()).isFalse();
        clock.advance(20);
        assertThat(rang).isEmpty();
        ManualClock.Alarm rung = clock.after(1, alarm("rung"));
        clock.advance(1);
        assertThat(rung.cancel()).isFalse();
    }

    @Test
    void alarmThatThrows_endsTheWayThere() {
        clock.after(10, () -> {
            throw new IllegalStateException("planned");
        });
        clock.after(20, alarm("later"));
        assertThatIllegalStateException().isThrownBy(() -> clock.advance(100));
        assertThat(clock.nanoTime()).isEqualTo(1010);
        clock.advance(10);
        assertThat(rang).containsExactly("later at 1020");
    }

    @Test
    void timeThatWraps_staysInOrder() {
        ManualClock late = new ManualClock(Long.MAX_VALUE - 5);
        late.after(20, () -> rang.add("second"));
        late.after(2, () -> rang.add("first"));
        late.advance(30);
        assertThat(rang).containsExactly("first", "second");
        assertThat(late.nanoTime()).isEqualTo(Long.MIN_VALUE + 24);
    }
}
