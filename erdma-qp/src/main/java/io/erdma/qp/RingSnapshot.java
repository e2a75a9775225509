package io.erdma.qp;

/**
 * Indices of a ring at one moment, for introspection.
 *
 * @param depth entries (RQ) or building blocks of 32 bytes (SQ)
 * @param producerIndex 16-bit counter: the next to be written
 * @param consumerIndex 16-bit counter: the first that has not completed
 */
public record RingSnapshot(int depth, int producerIndex, int consumerIndex) {}
