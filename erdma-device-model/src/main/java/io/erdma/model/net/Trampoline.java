package io.erdma.model.net;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks in the calling thread, but never one inside another: a task that is handed in by a task runs after it, so the stack stays as deep as
 * it is. A task that throws is logged and ends nothing but itself.
 */
public final class Trampoline implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Trampoline.class);

    private final ThreadLocal<Lane> lanes = ThreadLocal.withInitial(Lane::new);

    /** No tasks. */
    public Trampoline() {}

    @Override
    public void execute(Runnable task) {
        lanes.get().execute(task);
    }

    private static final class Lane {
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        private boolean running;

        void execute(Runnable task) {
            waiting.addLast(task);
            if (!running) {
                running = true;
                for (Runnable next = waiting.pollFirst(); next != null; next = waiting.pollFirst()) {
                    run(next);
                }
                running = false;
            }
        }

        private static void run(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.debug("an observer failed", e);
            }
        }
    }
}
