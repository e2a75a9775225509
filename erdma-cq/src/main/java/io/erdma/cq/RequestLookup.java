package io.erdma.cq;

/**
 * How a completion finds its QP: by direct access from the number, without allocation (kernel: {@code find_qp_by_qpn}). Called for each completion,
 * by the thread that polls.
 */
@FunctionalInterface
public interface RequestLookup {
    /**
     * The QP of that number, or {@link CompletionTarget#NONE} for one that does not exist (any more): its completions are skipped.
     *
     * @param qpn as the device wrote it, any 32 bits
     */
    CompletionTarget find(int qpn);
}
