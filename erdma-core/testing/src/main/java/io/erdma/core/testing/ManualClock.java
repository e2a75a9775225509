package io.erdma.core.testing;

import io.erdma.core.exec.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until a test moves it. Alarms are what a test (or a {@link ManualWorkQueue}) wants to happen at a certain time; they
 * run in the thread that moves the clock, in the order of their times and, at one time, in the order in which they were set. While an alarm
 * runs, the clock shows the alarm's own time.
 *
 * <p>Thread-safe; alarms run without a lock held.
 */
public final class ManualClock implements Clock {
    private static final long LONGEST_DELAY = Long.MAX_VALUE / 2;

    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(
            Comparator.<Alarm>comparingLong(alarm -> alarm.due).thenComparingLong(alarm -> alarm.order));
    private final List<Runnable> queues = new ArrayList<>();
    private final long origin;
    private long elapsed; // times inside count from the origin, so that a clock that wraps keeps its order
    private long alarmsSet;

    /** A clock that shows 0. */
    public ManualClock() { this(0); }

    /** A clock that shows {@code nanos}. */
    public ManualClock(long nanos) { this.origin = nanos; }

    @Override
    public synchronized long nanoTime() { return origin + elapsed; }

    /**
     * Moves the clock by {@code nanos} instead of waiting; not at all for 0 or less. Alarms run on the way, so a waiter sees what a test has
     * planned for the time of its waiting; a {@link ManualWorkQueue}'s work only becomes ready, since the waiter may hold what it needs.
     */
    @Override
    public void parkNanos(long nanos) {
        if (nanos > 0) {
            move(nanos, false);
        }
    }

    /**
     * Moves the clock. Alarms run on the way, and so does the delayed work of the {@link ManualWorkQueue}s on this clock, each at its time. What one
     * of them throws ends the way there.
     *
     * @param nanos 0 or more
     * @throws IllegalArgumentException if negative
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not go back by " + nanos + " ns");
        }
        move(nanos, true);
    }

    /** Moves the clock as {@link #advance(long)} does. */
    public void advance(Duration duration) {
        advance(duration.toNanos());
    }

    /**
     * Plans something for later.
     *
     * @param delayNanos from now; 0 or less: with the next move
     */
    public synchronized Alarm after(long delayNanos, Runnable action) {
        Alarm alarm = new Alarm(elapsed + Math.clamp(delayNanos, 0, LONGEST_DELAY), alarmsSet++, action);
        alarms.add(alarm);
        return alarm;
    }

    /** How many alarms are set, delayed work of work queues included. */
    public synchronized int alarmsPending() {
        return alarms.size();
    }

    /** Runs {@code queue} after each time at which alarms ran, unless the clock is only moved by a waiter. */
    synchronized void drive(Runnable queue) {
        queues.add(queue);
    }

    private void move(long nanos, boolean runQueues) {
        long target = elapsed() + nanos;
        for (Alarm alarm = takeDue(target); alarm != null; alarm = takeDue(target)) {
            alarm.action.run();
            if (runQueues) {
                driven().forEach(Runnable::run);
            }
        }
        arriveAt(target);
    }

    private synchronized @Nullable Alarm takeDue(long target) {
        Alarm next = alarms.peek();
        if (next == null || next.due > target) {
            return null;
        }
        alarms.remove();
        arriveAt(next.due);
        return next;
    }

    private synchronized long elapsed() { return elapsed; }

    private synchronized List<Runnable> driven() { return List.copyOf(queues); }

    /** Never back: another thread, or an alarm, may have moved the clock farther meanwhile. */
    private synchronized void arriveAt(long time) {
        elapsed = Math.max(elapsed, time);
    }

    /** Something that is planned. */
    public final class Alarm {
        private final long due;
        private final long order;
        private final Runnable action;

        private Alarm(long due, long order, Runnable action) {
            this.due = due;
            this.order = order;
            this.action = action;
        }

        /** Takes it back; true if it will not run, false if it ran, runs or was taken back before. */
        public boolean cancel() {
            synchronized (ManualClock.this) {
                return alarms.remove(this);
            }
        }
    }
}
