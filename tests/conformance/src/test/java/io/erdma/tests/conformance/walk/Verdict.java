package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.WcStatus;

/** How a request ends. */
record Verdict(WcStatus status, int vendorError) {
    static final Verdict SUCCESS = new Verdict(WcStatus.SUCCESS, 0);
    static final Verdict FLUSHED = new Verdict(WcStatus.WR_FLUSH_ERR, 0);

    Verdict(WcStatus status) {
        this(status, 0);
    }

    boolean ok() {
        return status == WcStatus.SUCCESS;
    }
}
