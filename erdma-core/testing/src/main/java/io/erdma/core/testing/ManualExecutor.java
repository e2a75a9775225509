package io.erdma.core.testing;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * Collects what it is given, interrupt handlers for one, until a test runs it. What a task throws goes to the one who runs it; the tasks behind it
 * stay. Tasks may be given from any thread.
 */
public final class ManualExecutor implements Executor {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    /** Nothing collected. */
    public ManualExecutor() {}

    @Override
    public synchronized void execute(Runnable task) { tasks.addLast(task); }

    /** How many tasks wait. */
    public synchronized int pending() { return tasks.size(); }

    /** Runs the task that has waited longest; false if there is none. */
    public boolean runOne() {
        Runnable task = next();
        if (task == null) {
            return false;
        }
        task.run();
        return true;
    }

    /**
     * Runs all tasks, and those that they add, until none is left.
     *
     * @return how many ran
     */
    public int runAll() {
        int ran = 0;
        while (runOne()) {
            ran++;
        }
        return ran;
    }

    private synchronized @Nullable Runnable next() { return tasks.pollFirst(); }
}
