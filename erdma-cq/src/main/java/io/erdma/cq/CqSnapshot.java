package io.erdma.cq;

/**
 * A completion queue at one moment, for introspection.
 *
 * @param cqn its number
 * @param depth entries
 * @param consumerIndex 32-bit counter of entries taken
 * @param arms how often it was armed
 * @param events how many of its events were taken
 * @param skipped entries taken that named no outstanding request
 */
public record CqSnapshot(int cqn, int depth, int consumerIndex, int arms, int events, long skipped) {}
