package io.erdma.tests.conformance.harness;

import java.util.ArrayDeque;
import java.util.Deque;

/** What is to be closed at the end, what came last first. What the test has closed itself is closed once more: that must do nothing. Thread-safe. */
final class Closers implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    synchronized <T extends AutoCloseable> T add(T closeable) {
        open.push(closeable);
        return closeable;
    }

    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
