package io.erdma.verbs;

/**
 * A CQ at one moment.
 *
 * @param cqn its number
 * @param entries its depth
 * @param completionVector which completion EQ it reports to, from 0
 * @param users queues of QPs that use it
 * @param references who holds it, its owner included
 * @param consumerIndex 32-bit counter of entries taken
 * @param arms how often it was armed
 * @param events how many of its events were taken
 * @param skipped entries taken that named no outstanding request
 */
public record CompletionQueueSnapshot(
        int cqn, int entries, int completionVector, int users, int references, int consumerIndex, int arms, int events,
        long skipped) {}
