package io.erdma.core.hal;

/**
 * The MSI-X vectors of a function. Each method refuses a vector out of range with EINVAL. Different vectors may be used by several threads; what is
 * done to one vector is done by one thread at a time, or by its handler.
 *
 * <p>An exception of a handler harms neither the vector nor the one who raised it: it is logged at debug level, for a tenant may be able to cause
 * it. An {@link Error} goes to the dispatcher; the vector lives on.
 */
public interface InterruptVectors extends AutoCloseable {
    /** How many were given, from 1. */
    int count();

    /**
     * Sets the handler of a vector and unmasks it (kernel: {@code request_irq}). EBUSY if it has one; ENODEV after {@link #close()}.
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
