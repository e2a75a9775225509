package io.erdma.verbs;

import io.erdma.eq.AsyncEventSink;

/** Brings the AEQ's events to objects (kernel: {@code erdma_aeq_event_handler}). Events of unknown numbers are skipped; no state changes here. */
final class AsyncDispatch implements AsyncEventSink {
    private final ObjectTable<DeviceQp> queuePairs;
    private final ObjectTable<DeviceCq> completionQueues;
    private final EventSubscribers subscribers;

    AsyncDispatch(ObjectTable<DeviceQp> queuePairs, ObjectTable<DeviceCq> completionQueues,
            EventSubscribers subscribers) {
        this.queuePairs = queuePairs;
        this.completionQueues = completionQueues;
        this.subscribers = subscribers;
    }

    /** Every type of a QP's event is fatal to it. */
    @Override
    public void qpEvent(int qpn, int type) {
        DeviceQp qp = queuePairs.find(qpn);
        if (qp == null || !qp.tryAcquire()) {
            return;
        }
        try {
            qp.failed(subscribers);
        } finally {
            qp.release();
        }
    }

    @Override
    public void cqEvent(int cqn) {
        DeviceCq cq = completionQueues.find(cqn);
        if (cq == null || !cq.tryAcquire()) {
            return;
        }
        try {
            cq.failed(subscribers);
        } finally {
            cq.release();
        }
    }
}
