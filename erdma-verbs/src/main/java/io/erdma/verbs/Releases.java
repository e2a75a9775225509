package io.erdma.verbs;

import java.util.ArrayDeque;
import java.util.Deque;

/** What an object in the making, or a made one, has to give back: in reverse order, once. Thread-safe. */
final class Releases implements AutoCloseable {
    private static final int FEW = 4;

    private final Deque<Runnable> releases = new ArrayDeque<>(FEW);

    /** To be done before everything that was added earlier. */
    synchronized void add(Runnable release) {
        releases.push(release);
    }

    /** Gives everything back. Idempotent. */
    @Override
    public synchronized void close() {
        while (!releases.isEmpty()) {
            releases.pop().run();
        }
    }
}
