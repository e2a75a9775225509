package io.erdma.tests.conformance.harness;

/** The two halves of the driver that have verbs. */
public enum Api {
    /** {@code io.erdma.verbs}: rings in the driver's memory. */
    KERNEL,
    /** {@code io.erdma.provider}: an application on rings of its own. */
    USER
}
