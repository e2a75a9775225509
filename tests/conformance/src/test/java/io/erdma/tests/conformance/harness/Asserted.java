package io.erdma.tests.conformance.harness;

import java.util.Locale;

/** What a test looks at, as the table of results names it. */
public enum Asserted {
    /** Memory, at both ends where two are concerned. */
    BYTES,
    /** Completions. */
    STATUS,
    /** State of a QP, or what a query tells. */
    STATE,
    /** How a call is refused. */
    ERRNO,
    /** Completion events, asynchronous events, events of connections. */
    EVENT,
    /** A pair that has nothing to do with it works on. The harness makes it before the test, and tries it after the test. */
    BYSTANDER;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
