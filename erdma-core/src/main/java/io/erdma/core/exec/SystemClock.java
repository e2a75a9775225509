package io.erdma.core.exec;

import java.util.concurrent.locks.LockSupport;

/** {@link System#nanoTime()} and real waiting. */
enum SystemClock implements Clock {
    INSTANCE;

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void parkNanos(long nanos) {
        LockSupport.parkNanos(this, nanos);
    }
}
