package io.erdma.cq;

import io.erdma.core.verbs.WorkCompletion;

/** A QP that knows every request, of number 1000 (send) or 2000 (receive) and its index; or none. */
record FakeQp(boolean isDatagram, boolean knowsRequests) implements CompletionTarget {
    static final FakeQp RC = new FakeQp(false, true);
    static final FakeQp UD = new FakeQp(true, true);
    static final FakeQp FORGETFUL = new FakeQp(false, false);

    @Override
    public boolean sendCompleted(int wqeIndex, WorkCompletion into) {
        return completed(1000 + wqeIndex, into);
    }

    @Override
    public boolean receiveCompleted(int wqeIndex, WorkCompletion into) {
        return completed(2000 + wqeIndex, into);
    }

    private boolean completed(long wrId, WorkCompletion into) {
        if (knowsRequests) {
            into.wrId = wrId;
        }
        return knowsRequests;
    }
}
