package io.erdma.core.hal;

/** The MSI-X vectors of a function. */
public interface InterruptVectors extends AutoCloseable {
    /** How many were given, from 1. */
    int count();

    /**
     * Sets the handler of a vector and unmasks it (kernel: {@code request_irq}). EBUSY if it has one; EINVAL for a vector out of range.
     * Interrupts that the device raised before are delivered at once.
     */
    void bind(int vector, Runnable handler);

    /**
     * Masks a vector and takes its handler away (kernel: {@code free_irq}): when this returns, the handler does not run and will not. Must
     * not be called from that handler. No effect without a handler.
     */
    void unbind(int vector);

    /** Masks a vector: interrupts stay pending in the device. */
    void mask(int vector);

    /** Unmasks a vector that has a handler: a pending interrupt is delivered. */
    void unmask(int vector);

    /** Unbinds and gives all vectors back. Idempotent. */
    @Override
    void close();
}
