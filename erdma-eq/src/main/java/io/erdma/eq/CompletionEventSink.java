package io.erdma.eq;

/** Hears of completion events. Called by the handler of the vector; must not block. */
@FunctionalInterface
public interface CompletionEventSink {
    /** An armed CQ has a completion. The CQN is as the device wrote it: an unknown one is to be skipped. */
    void completion(int cqn);
}
