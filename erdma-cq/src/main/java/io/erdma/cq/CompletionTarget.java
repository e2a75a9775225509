package io.erdma.cq;

import io.erdma.core.verbs.WorkCompletion;

/**
 * The QP of a completion: knows the request and takes its room back. Called by one thread at a time for each of its two queues, which may belong to
 * different CQs. Must not throw and must not allocate.
 */
public interface CompletionTarget {
    /** No QP. */
    CompletionTarget NONE = new CompletionTarget() {
        @Override
        public boolean sendCompleted(int wqeIndex, WorkCompletion into) {
            return false;
        }

        @Override
        public boolean receiveCompleted(int wqeIndex, WorkCompletion into) {
            return false;
        }

        @Override
        public boolean isDatagram() {
            return false;
        }
    };

    /**
     * A send request has completed, and with it all before it.
     *
     * @param wqeIndex index of its first WQEBB, a 16-bit counter, as the device wrote it
     * @param into gets the request's number
     * @return false, and nothing changed, if there is no such request: the completion is skipped
     */
    boolean sendCompleted(int wqeIndex, WorkCompletion into);

    /** As {@link #sendCompleted}, of the receive queue. */
    boolean receiveCompleted(int wqeIndex, WorkCompletion into);

    /** Whether the QP is UD, so that its receives tell where they come from. */
    boolean isDatagram();
}
