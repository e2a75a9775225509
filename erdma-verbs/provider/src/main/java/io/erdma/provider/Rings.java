package io.erdma.provider;

import io.erdma.core.verbs.WorkCompletion;
import io.erdma.cq.CompletionTarget;
import io.erdma.qp.ReceiveRing;
import io.erdma.qp.SendRing;

/** The two rings of a QP, and how completions find their requests. */
record Rings(SendRing send, ReceiveRing receive) implements CompletionTarget {
    @Override
    public boolean sendCompleted(int wqeIndex, WorkCompletion into) {
        return send.completed(wqeIndex, into);
    }

    @Override
    public boolean receiveCompleted(int wqeIndex, WorkCompletion into) {
        return receive.completed(wqeIndex, into);
    }

    @Override
    public boolean isDatagram() {
        return false;
    }
}
