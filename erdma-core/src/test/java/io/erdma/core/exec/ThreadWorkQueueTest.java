package io.erdma.core.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThreadWorkQueueTest {
    private static final long FAR = TimeUnit.DAYS.toNanos(1);

    private final LeakLedger ledger = new LeakLedger();
    private final ThreadWorkQueue queue = new ThreadWorkQueue("test-queue", ledger);
    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void nothingIsLeft() {
        queue.close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    private Runnable named(String name) {
        return () -> ran.add(name);
    }

    @Test
    void tasks_runInOrder_onTheQueuesOwnDaemonThread() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        queue.execute(() -> thread.set(Thread.currentThread()));
        for (int i = 0; i < 100; i++) {
            queue.execute(named("" + i));
        }
        queue.flush();
        assertThat(ran).hasSize(100)
                .isSortedAccordingTo((a, b) -> Integer.compare(Integer.parseInt(a), Integer.parseInt(b)));
        assertThat(thread.get().getName()).isEqualTo("test-queue");
        assertThat(thread.get().isDaemon()).isTrue();
        assertThat(ledger.held(Resource.THREAD)).isEqualTo(1);
    }

    @Test
    void tasks_ofSeveralThreads_neverRunAtOnce() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger count = new AtomicInteger();
        List<Thread> submitters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            submitters.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 500; n++) {
                    queue.execute(() -> {
                        overlaps.addAndGet(inside.getAndIncrement());
                        count.incrementAndGet();
                        inside.decrementAndGet();
                    });
                }
            }));
        }
        for (Thread submitter : submitters) {
            submitter.join();
        }
        queue.flush();
        assertThat(count).hasValue(2000);
        assertThat(overlaps).hasValue(0);
    }

    @Test
    void schedule_runsInOrderOfTime_thenOfScheduling() throws Exception {
        CountDownLatch all = new CountDownLatch(3);
        CountDownLatch go = new CountDownLatch(1);
        queue.execute(() -> awaitQuietly(go)); // all three are due when it ends
        long delay = TimeUnit.MILLISECONDS.toNanos(2);
        queue.schedule(() -> {
            ran.add("later");
            all.countDown();
        }, 3 * delay);
        queue.schedule(() -> {
            ran.add("first");
            all.countDown();
        }, 0);
        queue.schedule(() -> {
            ran.add("sooner");
            all.countDown();
        }, delay);
        assertThat(ledger.held(Resource.TIMER)).isEqualTo(3);
        go.countDown();
        all.await();
        assertThat(ran).containsExactly("first", "sooner", "later");
        assertThat(ledger.held(Resource.TIMER)).isZero();
    }

    @Test
    void schedule_beforeAllOthers_runsInTime_thoughTheThreadWaitsForALaterOne() throws Exception {
        WorkQueue.Delayed late = queue.schedule(() -> ran.add("late"), TimeUnit.HOURS.toNanos(1));
        CountDownLatch soon = new CountDownLatch(1);
        queue.flush();
        queue.schedule(soon::countDown, 1);
        soon.await();
        assertThat(late.cancel()).isTrue();
        assertThat(ran).isEmpty();
    }

    @Test
    void schedule_doesNotRunEarly() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        long delay = TimeUnit.MILLISECONDS.toNanos(5);
        long begin = queue.clock().nanoTime();
        queue.schedule(done::countDown, delay);
        done.await();
        assertThat(queue.clock().nanoTime() - begin).isGreaterThanOrEqualTo(delay);
    }

    @Test
    void cancel_beforeTheTime_isTrueOnce_andTheTaskDoesNotRun() {
        WorkQueue.Delayed delayed = queue.schedule(named("never"), FAR);
        assertThat(ledger.held(Resource.TIMER)).isEqualTo(1);
        assertThat(delayed.cancel()).isTrue();
        assertThat(delayed.cancel()).isFalse();
        assertThat(ledger.held(Resource.TIMER)).isZero();
    }

    @Test
    void cancel_afterTheRun_isFalse() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        WorkQueue.Delayed delayed = queue.schedule(done::countDown, 0);
        done.await();
        assertThat(delayed.cancel()).isFalse();
    }

    @Test
    void schedule_withTheLongestDelay_doesNotOverflowIntoThePast() {
        WorkQueue.Delayed delayed = queue.schedule(named("never"), Long.MAX_VALUE);
        queue.execute(named("task"));
        queue.flush();
        assertThat(ran).containsExactly("task");
        assertThat(delayed.cancel()).isTrue();
    }

    @Test
    void schedule_withANegativeDelay_isAnError() {
        assertThatIllegalArgumentException().isThrownBy(() -> queue.schedule(named("x"), -1));
        assertThat(ledger.held(Resource.TIMER)).isZero();
    }

    @Test
    void taskThatThrows_doesNotStopTheQueue() {
        queue.execute(() -> {
            throw new IllegalStateException("planned");
        });
        queue.execute(() -> {
            throw new AssertionError("planned");
        });
        queue.execute(named("after"));
        queue.flush();
        assertThat(ran).containsExactly("after");
    }

    @Test
    void flush_waitsForWhatWasQueued_butNotForWhatIsScheduled() {
        queue.schedule(named("scheduled"), FAR);
        queue.execute(named("queued"));
        queue.flush();
        assertThat(ran).containsExactly("queued");
    }

    @Test
    void flush_fromATask_returnsAtOnce() {
        queue.execute(() -> {
            queue.execute(named("behind"));
            queue.flush();
            ran.add("flushed");
        });
        queue.flush();
        queue.flush();
        assertThat(ran).containsExactly("flushed", "behind");
    }

    @Test
    void close_runsWhatIsQueued_cancelsWhatIsScheduled_andRefusesMore() {
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean wasOpen = new AtomicBoolean();
        queue.execute(() -> awaitQuietly(go));
        queue.execute(named("queued"));
        WorkQueue.Delayed delayed = queue.schedule(named("scheduled"), FAR);
        Thread closer = Thread.ofPlatform().start(queue::close);
        while (ledger.held(Resource.TIMER) != 0) {
            Thread.onSpinWait(); // until the close has begun
        }
        wasOpen.set(closer.isAlive());
        go.countDown();
        queue.close();
        assertThat(wasOpen).as("close waits for the task that runs").isTrue();
        assertThat(ran).containsExactly("queued");
        assertThat(delayed.cancel()).isFalse();
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> queue.execute(named("x")))
                .withMessageContaining("test-queue");
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> queue.schedule(named("x"), 0));
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void close_fromATask_endsTheQueueBehindIt() {
        queue.execute(() -> {
            queue.execute(named("queued before"));
            queue.close();
            ran.add("closed");
        });
        queue.flush();
        queue.close();
        assertThat(ran).containsExactly("closed", "queued before");
    }

    @Test
    void close_whenInterrupted_stillCloses_andKeepsTheInterrupt() {
        CountDownLatch go = new CountDownLatch(1);
        queue.execute(() -> awaitQuietly(go));
        Thread.currentThread().interrupt();
        queue.schedule(() -> {}, FAR);
        Thread opener = Thread.ofPlatform().start(() -> {
            while (ledger.held(Resource.TIMER) != 0) {
                Thread.onSpinWait();
            }
            go.countDown();
        });
        queue.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(opener).isNotNull();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void systemClock_goesOn_andParksForAWhile() {
        Clock clock = Clock.system();
        long begin = clock.nanoTime();
        while (clock.nanoTime() - begin < 1000) {
            clock.parkNanos(1000);
        }
        assertThat(clock.nanoTime() - begin).isGreaterThanOrEqualTo(1000);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
