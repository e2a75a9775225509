package io.erdma.driver;

import io.erdma.cmdq.CommandQueue;
import io.erdma.eq.AsyncEventQueue;
import org.jspecify.annotations.Nullable;

/**
 * The handler of vector 0, which the command EQ and the AEQ share (kernel: {@code erdma_comm_irq_handler}). It is bound before the queues exist; they are
 * set once each, before INIT, and the vector is unbound before they are freed.
 */
final class CommonInterrupt implements Runnable {
    private volatile @Nullable CommandQueue commands;
    private volatile @Nullable AsyncEventQueue events;

    void serve(CommandQueue queue) {
        commands = queue;
    }

    void serve(AsyncEventQueue queue) {
        events = queue;
    }

    @Override
    public void run() {
        CommandQueue commandQueue = commands;
        if (commandQueue != null) {
            commandQueue.handleInterrupt();
        }
        AsyncEventQueue eventQueue = events;
        if (eventQueue != null) {
            eventQueue.handleInterrupt();
        }
    }
}
