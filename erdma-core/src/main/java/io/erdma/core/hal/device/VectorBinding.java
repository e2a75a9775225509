package io.erdma.core.hal.device;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A handler on a vector, from bind to unbind. It is run by whoever claims it (QUEUED → RUNNING); a raise that finds it running leaves AGAIN and goes,
 * and the claimant looks once more. So a handler never runs twice at once, nobody waits for it, and no raise is lost.
 *
 * <p>Ordering: the claimant stores {@code runner} before it loads {@code ended}, {@link #end()} stores {@code ended} before it loads {@code runner},
 * both volatile; so either the handler does not begin or {@code end} waits for it.
 */
final class VectorBinding implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(VectorBinding.class);
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int RUNNING = 2;
    private static final int AGAIN = 3;
    private static final int SPINS_BEFORE_YIELD = 1000;

    private final Runnable handler;
    private final Executor dispatcher;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private volatile boolean ended;
    private volatile @Nullable Thread runner;

    VectorBinding(Runnable handler, Executor dispatcher) {
        this.handler = handler;
        this.dispatcher = dispatcher;
    }

    /** The device's interrupt has come. Throws nothing: the raiser is the device. */
    void raise() {
        while (true) {
            int now = state.get();
            if (now == QUEUED || now == AGAIN) {
                return;
            }
            if (state.compareAndSet(now, now == IDLE ? QUEUED : AGAIN)) {
                if (now == IDLE) {
                    dispatch();
                }
                return;
            }
        }
    }

    private void dispatch() {
        try {
            dispatcher.execute(this);
        } catch (RejectedExecutionException e) {
            state.set(IDLE);
            LOG.debug("an interrupt was lost: its dispatcher takes no more", e);
        }
    }

    @Override
    public void run() {
        do {
            state.set(RUNNING);
            runner = Thread.currentThread();
            try {
                if (!ended) {
                    handler.run();
                }
            } catch (RuntimeException e) {
                // the handler's defect must not end the device's thread, nor the vector
                LOG.debug("an interrupt handler failed", e);
            } catch (Error e) {
                runner = null;
                state.set(IDLE); // last, for the next claimant may begin at once
                throw e;
            }
            runner = null;
        } while (!state.compareAndSet(RUNNING, IDLE));
    }

    /** The handler does not begin any more; waits until it does not run, unless the caller is the handler. */
    @SuppressWarnings("ThreadPriorityCheck") // on few cores the handler needs the processor that we spin on
    void end() {
        ended = true;
        int spins = 0;
        for (Thread running = runner; running != null && running != Thread.currentThread(); running = runner) {
            if (++spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }
}
