package io.erdma.core.exec;

import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A work queue on a daemon thread of its own, in real time. The thread and delayed work are counted in the ledger. */
public final class ThreadWorkQueue implements WorkQueue {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadWorkQueue.class);
    /** About 146 years: longer delays are cut, so that sums of times do not overflow. */
    private static final long LONGEST_DELAY_NANOS = Long.MAX_VALUE / 2;

    private final long origin = System.nanoTime();
    private final LeakLedger ledger;
    private final ReentrantLock lock = new ReentrantLock();
    /** For the thread: a task is ready, a timer is due before all others, or the queue is closed. */
    private final Condition news = lock.newCondition();
    /** For who flushes: a task has ended. */
    private final Condition ended = lock.newCondition();
    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            Comparator.<Timer>comparingLong(timer -> timer.dueNanos).thenComparingLong(timer -> timer.order));
    private final CountedThread thread;
    private boolean closed;
    private boolean running;
    private long scheduled;
    private long queued;
    private long finished;

    /** Starts a queue whose thread has this name. */
    public ThreadWorkQueue(String name, LeakLedger ledger) {
        this.ledger = ledger;
        this.thread = new CountedThread(name, this::work, ledger);
        thread.start();
    }

    @Override
    public void execute(Runnable task) {
        lock.lock();
        try {
            requireOpen();
            enqueue(task);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Delayed schedule(Runnable task, long delayNanos) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns");
        }
        lock.lock();
        try {
            requireOpen();
            Timer timer = new Timer(task, now() + Math.min(delayNanos, LONGEST_DELAY_NANOS), scheduled++);
            timers.add(timer);
            ledger.add(Resource.TIMER, 1);
            if (timers.peek() == timer) {
                news.signal();
            }
            return timer;
        } finally {
            lock.unlock();
        }
    }

    /** Nanoseconds since the queue began. */
    private long now() {
        return System.nanoTime() - origin;
    }

    private void requireOpen() {
        if (closed) {
            throw new RejectedExecutionException("work queue " + thread.thread().getName() + " is closed");
        }
    }

    private void enqueue(Runnable task) {
        ready.addLast(task);
        queued++;
        news.signal();
    }

    private void work() {
        for (Runnable task = next(); task != null; task = next()) {
            run(task);
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // errors too: a thread that ended would leave every later task and flush() waiting for ever
            LOG.warn("a task of the work queue failed", e);
        }
    }

    /** Waits for the next task; null when the queue is closed and empty. */
    private @Nullable Runnable next() {
        lock.lock();
        try {
            if (running) {
                running = false;
                finished++;
                ended.signalAll();
            }
            while (true) {
                takeDue();
                Runnable task = ready.pollFirst();
                if (task != null) {
                    running = true;
                    return task;
                }
                if (closed) {
                    return null;
                }
                await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void takeDue() {
        for (Timer timer = timers.peek(); timer != null && timer.remaining() <= 0; timer = timers.peek()) {
            timers.remove();
            ledger.add(Resource.TIMER, -1);
            enqueue(timer.task);
        }
    }

    @SuppressWarnings("WaitNotInLoop") // its caller loops
    private void await() {
        Timer timer = timers.peek();
        try {
            if (timer == null) {
                news.await();
            } else {
                news.awaitNanos(timer.remaining());
            }
        } catch (InterruptedException e) {
            // nobody has a reason to interrupt this thread; close() ends it
            LOG.debug("interrupted", e);
        }
    }

    @Override
    public void flush() {
        if (Thread.currentThread() == thread.thread()) {
            return;
        }
        lock.lock();
        try {
            long goal = queued;
            while (finished < goal) {
                ended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Clock clock() {
        return Clock.system();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            ledger.add(Resource.TIMER, -timers.size());
            timers.clear();
            news.signal();
        } finally {
            lock.unlock();
        }
        thread.awaitEnd();
    }

    private final class Timer implements Delayed {
        private final Runnable task;
        private final long dueNanos;
        private final long order;

        Timer(Runnable task, long dueNanos, long order) {
            this.task = task;
            this.dueNanos = dueNanos;
            this.order = order;
        }

        long remaining() {
            return dueNanos - now();
        }

        @Override
        public boolean cancel() {
            lock.lock();
            try {
                boolean pending = timers.remove(this);
                if (pending) {
                    ledger.add(Resource.TIMER, -1);
                }
                return pending;
            } finally {
                lock.unlock();
            }
        }
    }
}
