package io.erdma.core.verbs;

/** Asynchronous events (libibverbs: {@code IBV_EVENT_*}). */
public enum AsyncEventType {
    /** A CQ is in error. */
    CQ_ERR,
    /** A QP is in error. */
    QP_FATAL,
    /** A peer's bad access. */
    QP_ACCESS_ERR,
    /** The device is gone or no longer answers. */
    DEVICE_FATAL,
    /** The port became active. */
    PORT_ACTIVE,
    /** The port went down. */
    PORT_ERR
}
