package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.WcStatus;

/** What speaks against a use of memory, in the order of the device's syndromes. */
enum Fault {
    NONE,
    KEY,
    ADDRESS,
    RIGHTS,
    PD,
    WRAP;

    private static final int FIRST_LOCAL = 0x30;
    private static final int FIRST_REMOTE = 0x02;

    /** Where the requester's own memory is at fault. */
    Verdict local() {
        return new Verdict(WcStatus.LOC_ACCESS_ERR, FIRST_LOCAL + ordinal() - 1);
    }

    /** Where the receiving side's memory is at fault, with the status that was decided for that. */
    Verdict remote(WcStatus status) {
        return new Verdict(status, FIRST_REMOTE + ordinal() - 1);
    }
}
