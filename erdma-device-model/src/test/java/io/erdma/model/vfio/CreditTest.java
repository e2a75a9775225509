package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CreditTest {
    private static final long MS = 1_000_000;
    private static final long MESSAGE = Credit.answer(64 << 10);

    private final Credit credit = new Credit(Duration.ofSeconds(5).toNanos(), 0);
    private long now;

    /** Answers as many messages as it may, each after so long; returns how many. */
    private int answersTaken(long nanosEach, int most) {
        int answers = 0;
        while (answers < most && nanosEach < credit.patience(now, MESSAGE)) {
            now += nanosEach;
            credit.waited(now - nanosEach, now, MESSAGE);
            answers++;
        }
        return answers;
    }

    @Test
    void fastAnswers_areTakenForEver() {
        assertThat(answersTaken(2 * MS, 100_000)).isEqualTo(100_000);
        assertThat(credit.patience(now, Credit.answer(8))).isGreaterThan(5000 * MS);
    }

    @Test
    void fastAnswers_bringNothingBack() {
        assertThat(answersTaken(4900 * MS, 1)).isEqualTo(1);
        assertThat(answersTaken(MS / 50, 5_000)).isEqualTo(5_000);
        assertThat(credit.patience(now, 0)).isBetween(100 * MS, 120 * MS);
    }

    @Test
    void slowAnswers_eachInTime_areTakenForSomeSeconds() {
        assertThat(answersTaken(55 * MS, 100_000)).isLessThan(6_000 / 55);
    }

    @Test
    void anAnswer_isWaitedForAsLongAsThereIsCredit() {
        assertThat(answersTaken(5100 * MS, 1)).isZero();
        assertThat(answersTaken(4900 * MS, 2)).isEqualTo(1);
    }

    @Test
    void credit_comesBackWithTime_butNoMoreThanThereWas() {
        assertThat(answersTaken(4900 * MS, 1)).isEqualTo(1);
        now += 20_000 * MS;
        assertThat(credit.patience(now, Credit.answer(0))).isBetween(2000 * MS, 3000 * MS);
        now += 1_000_000 * MS;
        assertThat(credit.patience(now, Credit.answer(0))).isEqualTo(5000 * MS + Credit.answer(0));
    }

    @Test
    void aStop_thatSeveralWaitFor_countsOnce() {
        now = 2000 * MS;
        for (int waiter = 0; waiter < 8; waiter++) {
            credit.waited(0, now, MESSAGE);
        }
        assertThat(credit.patience(now, MESSAGE)).isGreaterThan(3000 * MS);
    }

    @Test
    void aNewClient_hasALittle_howeverMuchTheOneBeforeHasUsedUp() {
        assertThat(answersTaken(4900 * MS, 1)).isEqualTo(1);
        now += 1000 * MS;
        credit.waited(now - 1000 * MS, now, MESSAGE);
        assertThat(credit.patience(now, Credit.answer(0))).isNegative();
        credit.renew(now);
        assertThat(credit.patience(now, Credit.answer(0))).isEqualTo(250 * MS + Credit.answer(0));
    }
}
