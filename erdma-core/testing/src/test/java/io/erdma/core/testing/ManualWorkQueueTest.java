package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.exec.WorkQueue;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ManualWorkQueueTest {
    private final ManualClock clock = new ManualClock();
    private final LeakLedger ledger = new LeakLedger();
    private final ManualWorkQueue queue = new ManualWorkQueue(clock, ledger);
    private final List<String> ran = new ArrayList<>();

    private Runnable named(String name) {
        return () -> ran.add(name);
    }

    @Test
    void tasks_runWhenToldTo_inOrder() {
        queue.execute(named("one"));
        queue.execute(named("two"));
        queue.execute(named("three"));
        assertThat(ran).isEmpty();
        assertThat(queue.ready()).isEqualTo(3);
        assertThat(queue.runOne()).isTrue();
        assertThat(ran).containsExactly("one");
        assertThat(queue.runPending()).isEqualTo(2);
        assertThat(queue.runOne()).isFalse();
        assertThat(ran).containsExactly("one", "two", "three");
        assertThat(queue.clock()).isSameAs(clock);
    }

    @Test
    void runPending_runsWhatTasksAdd_flushOnlyWhatWasThere() {
        Runnable twice = () -> {
            ran.add("first");
            queue.execute(named("added"));
        };
        queue.execute(twice);
        queue.flush();
        assertThat(ran).containsExactly("first");
        queue.execute(twice);
        assertThat(queue.runPending()).isEqualTo(3);
        assertThat(ran).containsExactly("first", "added", "first", "added");
    }

    @Test
    void fromWithinATask_nothingRuns() {
        queue.execute(() -> {
            queue.execute(named("behind"));
            queue.flush();
            assertThat(queue.runPending()).isZero();
            clock.advance(1);
            ran.add("task");
        });
        queue.runPending();
        assertThat(ran).containsExactly("task", "behind");
    }

    @Test
    void delayedWork_runsAsTheClockAdvances_eachAtItsTime() {
        queue.schedule(() -> ran.add("late at " + clock.nanoTime()), 20);
        queue.schedule(() -> ran.add("soon at " + clock.nanoTime()), 10);
        assertThat(queue.delayed()).isEqualTo(2);
        assertThat(ledger.held(Resource.TIMER)).isEqualTo(2);
        clock.advance(100);
        assertThat(ran).containsExactly("soon at 10", "late at 20");
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void delayedWork_thatSchedulesItselfAgain_runsAtEachTime() {
        queue.schedule(new Runnable() {
            @Override
            public void run() {
                ran.add("tick " + clock.nanoTime());
                queue.schedule(this, 10);
            }
        }, 10);
        clock.advance(35);
        assertThat(ran).containsExactly("tick 10", "tick 20", "tick 30");
    }

    @Test
    void waiterThatMovesTheClock_onlyMakesWorkReady() {
        queue.schedule(named("due"), 10);
        clock.parkNanos(50);
        assertThat(ran).isEmpty();
        assertThat(queue.ready()).isEqualTo(1);
        assertThat(queue.delayed()).isZero();
        queue.runPending();
        assertThat(ran).containsExactly("due");
    }

    @Test
    void cancel_isTrueOnce_andFalseOnceTheWorkIsDue() {
        WorkQueue.Delayed never = queue.schedule(named("never"), 10);
        WorkQueue.Delayed due = queue.schedule(named("due"), 5);
        clock.parkNanos(5);
        assertThat(due.cancel()).isFalse();
        assertThat(never.cancel()).isTrue();
        assertThat(never.cancel()).isFalse();
        clock.advance(100);
        assertThat(queue.runPending()).isEqualTo(1);
        assertThat(ran).containsExactly("due");
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(clock.alarmsPending()).isZero();
    }

    @Test
    void schedule_withANegativeDelay_isAnError() {
        assertThatIllegalArgumentException().isThrownBy(() -> queue.schedule(named("x"), -1));
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void taskThatThrows_tellsTheRunner_andLeavesTheRestQueued() {
        queue.execute(() -> {
            throw new IllegalStateException("planned");
        });
        queue.execute(named("after"));
        assertThatIllegalStateException().isThrownBy(queue::runPending);
        assertThat(queue.runPending()).isEqualTo(1);
        assertThat(ran).containsExactly("after");
    }

    @Test
    void close_runsWhatIsQueued_cancelsWhatIsScheduled_andRefusesMore() {
        queue.execute(named("queued"));
        WorkQueue.Delayed delayed = queue.schedule(named("scheduled"), 1);
        queue.close();
        queue.close();
        clock.advance(10);
        assertThat(ran).containsExactly("queued");
        assertThat(delayed.cancel()).isFalse();
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> queue.execute(named("x")));
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> queue.schedule(named("x"), 1));
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void twoQueues_onOneClock_runTogether() {
        ManualWorkQueue other = new ManualWorkQueue(clock);
        other.schedule(() -> {
            ran.add("other");
            queue.execute(named("handed over"));
        }, 10);
        queue.schedule(named("own"), 20);
        clock.advance(20);
        assertThat(ran).containsExactly("other", "handed over", "own");
    }
}
