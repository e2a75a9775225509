package io.erdma.eq;

/** Hears of asynchronous events. Called by the handler of vector 0; must not block. */
public interface AsyncEventSink {
    /**
     * A QP is in error.
     *
     * @param qpn as the device wrote it: may be unknown
     * @param type {@link io.erdma.hw.Aeqe#QP_FATAL}, QP_RECV_QUEUE_ERROR, ACCESS_ERROR, OTHER or an unknown number
     */
    void qpEvent(int qpn, int type);

    /** A CQ is in error. The CQN is as the device wrote it: may be unknown. */
    void cqEvent(int cqn);
}
