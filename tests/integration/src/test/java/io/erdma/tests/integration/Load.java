package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that do something again and again until this is closed, whatever happens to what they use; nothing may be thrown at them. */
final class Load implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private final List<AtomicInteger> rounds = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** One thread more. */
    void run(Runnable round) {
        AtomicInteger done = new AtomicInteger();
        rounds.add(done);
        threads.add(Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    round.run();
                    done.incrementAndGet();
                }
            } catch (Throwable e) {
                thrown.set(e);
            }
        }));
    }

    /** Every thread has done so many rounds more, so that what it was in is over. */
    void awaitRounds(int more) {
        for (AtomicInteger done : rounds) {
            int from = done.get();
            Await.until("the load goes on", () -> thrown.get() != null || done.get() - from >= more);
        }
    }

    @Override
    public void close() {
        stop.set(true);
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        assertThat(thrown.get()).as("what a round threw").isNull();
    }
}
