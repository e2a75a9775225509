package io.erdma.verbs;

import io.erdma.core.verbs.AsyncEventType;
import io.erdma.eq.AsyncEventSink;

/** Brings the AEQ's events to objects (kernel: {@code erdma_aeq_event_handler}). Events of unknown numbers are skipped; no state changes here. */
final class AsyncDispatch implements AsyncEventSink {
    private final ObjectTable<QueuePair> queuePairs;
    private final ObjectTable<CompletionQueue> completionQueues;
    private final EventSubscribers subscribers;

    AsyncDispatch(ObjectTable<QueuePair> queuePairs, ObjectTable<CompletionQueue> completionQueues,
            EventSubscribers subscribers) {
        this.queuePairs = queuePairs;
        this.completionQueues = completionQueues;
        this.subscribers = subscribers;
    }

    /** Every type of a QP's event is fatal to it. */
    @Override
    public void qpEvent(int qpn, int type) {
        QueuePair qp = queuePairs.find(qpn);
        if (qp == null || !qp.tryAcquire()) {
            return;
        }
        try {
            subscribers.tell(qp.eventHandler(), new AsyncEvent.OfQueuePair(AsyncEventType.QP_FATAL, qp));
        } finally {
            qp.release();
        }
    }

    @Override
    public void cqEvent(int cqn) {
        CompletionQueue cq = completionQueues.find(cqn);
        if (cq == null || !cq.tryAcquire()) {
            return;
        }
        try {
            subscribers.tell(cq.eventHandler(), new AsyncEvent.OfCompletionQueue(AsyncEventType.CQ_ERR, cq));
        } finally {
            cq.release();
        }
    }
}
