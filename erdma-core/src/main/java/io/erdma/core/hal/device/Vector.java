package io.erdma.core.hal.device;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One vector. Its handler is run by whoever claims it (IDLE → RUNNING); a raise that finds it running leaves AGAIN and goes, and the claimant looks
 * once more. So a handler never runs twice at once, nobody waits for it, and no raise is lost.
 */
final class Vector implements Runnable {
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int RUNNING = 2;
    private static final int AGAIN = 3;

    private final Executor dispatcher;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private volatile @Nullable Runnable handler;
    private volatile @Nullable Thread runner;

    Vector(Executor dispatcher) {
        this.dispatcher = dispatcher;
    }

    void raise() {
        while (true) {
            int now = state.get();
            if (now == QUEUED || now == AGAIN) {
                return;
            }
            if (state.compareAndSet(now, now == IDLE ? QUEUED : AGAIN)) {
                if (now == IDLE) {
                    dispatcher.execute(this);
                }
                return;
            }
        }
    }

    @Override
    public void run() {
        do {
            state.set(RUNNING);
            runner = Thread.currentThread();
            try {
                Runnable current = handler;
                if (current != null) {
                    current.run();
                }
            } finally {
                runner = null;
            }
        } while (!state.compareAndSet(RUNNING, IDLE));
    }

    boolean isBound() {
        return handler != null;
    }

    synchronized boolean bind(Runnable newHandler) {
        if (handler != null) {
            return false;
        }
        handler = Objects.requireNonNull(newHandler);
        return true;
    }

    /** Takes the handler away and waits until it does not run, unless it is the caller. */
    void unbind() {
        synchronized (this) {
            handler = null;
        }
        Thread running = runner;
        while (running != null && running != Thread.currentThread()) {
            Thread.onSpinWait();
            running = runner;
        }
    }
}
