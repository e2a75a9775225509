package io.erdma.verbs;

import io.erdma.eq.AsyncEventSink;
import io.erdma.eq.CompletionEventSink;

/**
 * Where the event queues report to. Probe makes it before the queues, when there is no device yet; events that come while no device is bound are dropped,
 * for there are no objects then.
 */
public final class EventRouter implements AsyncEventSink, CompletionEventSink {
    private static final AsyncEventSink NO_ASYNC = new AsyncEventSink() {
        @Override
        public void qpEvent(int qpn, int type) {}

        @Override
        public void cqEvent(int cqn) {}
    };
    private static final CompletionEventSink NO_COMPLETIONS = _ -> {};

    private volatile AsyncEventSink async = NO_ASYNC;
    private volatile CompletionEventSink completions = NO_COMPLETIONS;

    /** Leads nowhere yet. */
    public EventRouter() {}

    void attach(AsyncEventSink asyncSink, CompletionEventSink completionSink) {
        async = asyncSink;
        completions = completionSink;
    }

    void detach() {
        async = NO_ASYNC;
        completions = NO_COMPLETIONS;
    }

    @Override
    public void qpEvent(int qpn, int type) {
        async.qpEvent(qpn, type);
    }

    @Override
    public void cqEvent(int cqn) {
        async.cqEvent(cqn);
    }

    @Override
    public void completion(int cqn) {
        completions.completion(cqn);
    }
}
