package io.erdma.core.verbs;

/** State of a port (libibverbs: {@code IBV_PORT_*}; number = ordinal). */
public enum PortState {
    /** Unknown. */
    NOP,
    /** Down. */
    DOWN,
    /** Coming up. */
    INIT,
    /** Armed. */
    ARMED,
    /** Working. */
    ACTIVE
}
