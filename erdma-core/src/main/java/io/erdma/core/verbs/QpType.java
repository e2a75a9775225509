package io.erdma.core.verbs;

/** Transport service of a QP. */
public enum QpType {
    /** Reliable connection. */
    RC,
    /** Unreliable connection. */
    UC,
    /** Unreliable datagram. */
    UD,
    /** General services (QP 1). */
    GSI
}
