package io.erdma.eq;

/**
 * What there is to see of an event queue.
 *
 * @param eqn its number; 0 for the command EQ, −1 for the AEQ
 * @param vector its MSI-X vector
 * @param depth entries
 * @param consumerIndex entries taken, modulo 2¹⁶
 * @param events events told to the sink
 * @param interrupts how often the handler ran
 */
public record EventQueueState(int eqn, int vector, int depth, int consumerIndex, long events, long interrupts) {}
