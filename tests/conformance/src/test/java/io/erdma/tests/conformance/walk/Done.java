package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;

/** A completion as it must be. What beside number, status and opcode an error carries is not said. */
record Done(long wrId, Verdict verdict, WcOpcode opcode, long bytes, int immediate, boolean hasImmediate,
        boolean solicited) {
    boolean matches(WorkCompletion completion) {
        if (completion.wrId != wrId || completion.status != verdict.status()
                || completion.vendorError != verdict.vendorError() || completion.opcode != opcode) {
            return false;
        }
        boolean immediateIsRight = hasImmediate
                ? completion.flags == WorkCompletion.WITH_IMM && completion.immediate == immediate
                : completion.flags == 0;
        return !verdict.ok() || (Integer.toUnsignedLong(completion.byteLength) == bytes && immediateIsRight);
    }

    /** Whether a CQ that is armed for solicited completions tells of it. */
    boolean counts() {
        return solicited || !verdict.ok();
    }
}
