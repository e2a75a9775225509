package io.erdma.cm.iwarp;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** A reentrant lock around actions. */
public final class Mutex {
    private final ReentrantLock lock = new ReentrantLock();

    /** Not held. */
    public Mutex() {}

    /** Runs an action with the lock held. */
    public void run(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Runs an action with the lock held, and returns what it returns. */
    public <T> T get(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a thread holds it now. */
    boolean isHeld() { return lock.isLocked(); }
}
