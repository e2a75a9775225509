package io.erdma.core.exec;

import java.util.concurrent.Executor;

/**
 * A single-threaded, ordered work queue with delayed work (kernel: {@code alloc_ordered_workqueue}, {@code queue_delayed_work}).
 * Tasks never run at once with each other; a task must not wait for another task of the same queue. Submission is safe from any thread.
 * A task that throws is logged and does not stop the queue.
 */
public interface WorkQueue extends Executor, AutoCloseable {
    /**
     * Queues a task behind all that are queued already.
     *
     * @throws java.util.concurrent.RejectedExecutionException after {@link #close()}
     */
    @Override
    void execute(Runnable task);

    /**
     * Queues a task after a delay. Tasks that come due at the same time run in the order in which they were scheduled.
     *
     * @param delayNanos 0 or more, else {@link IllegalArgumentException}
     * @return a handle to cancel it; cancelled or run, it is no longer counted as a timer
     * @throws java.util.concurrent.RejectedExecutionException after {@link #close()}
     */
    Delayed schedule(Runnable task, long delayNanos);

    /**
     * Waits until every task that was queued (not: scheduled) before this call has run; a call from a task of this queue returns at once.
     */
    void flush();

    /** The clock that delays are measured by. */
    Clock clock();

    /** Cancels delayed work, lets queued tasks run, refuses new ones and stops. Idempotent. */
    @Override
    void close();

    /** Delayed work that has not run yet. */
    interface Delayed {
        /** Cancels; true if the task will not run, false if it ran, runs or was cancelled before. */
        boolean cancel();
    }
}
