package io.erdma.driver;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How to undo the steps of a bring-up: each step that succeeded leaves its undo here; the last one is undone first. Used by one thread at a time. */
final class UndoStack {
    private static final Logger LOG = LoggerFactory.getLogger(UndoStack.class);

    private final Deque<Runnable> undos = new ArrayDeque<>();

    void push(Runnable undo) {
        undos.addLast(undo);
    }

    /** Undoes everything. A step whose undo fails does not keep the others from being undone. */
    void unwind() {
        while (!undos.isEmpty()) {
            try {
                undos.removeLast().run();
            } catch (RuntimeException e) {
                LOG.warn("a step of the bring-up could not be undone", e);
            }
        }
    }
}
