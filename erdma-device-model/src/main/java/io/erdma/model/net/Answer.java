package io.erdma.model.net;

/** What becomes of a SYN. */
enum Answer {
    /** The connection stands. */
    OPEN,
    /** Nobody listens. */
    REFUSED,
    /** Nothing comes back. */
    NONE
}
