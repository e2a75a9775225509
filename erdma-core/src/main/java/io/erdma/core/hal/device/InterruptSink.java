package io.erdma.core.hal.device;

/** Where a function model sends its MSI-X messages. */
@FunctionalInterface
public interface InterruptSink {
    /**
     * Delivers a vector to the host. The model calls it when no engine of its own is running in the thread, because the host may run the handler at
     * once. A vector out of range, or without handler, is dropped.
     */
    void raise(int vector);
}
