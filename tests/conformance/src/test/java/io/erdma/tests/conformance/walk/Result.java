package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;

/** What a call came to: an errno, 0 for success, and what it returned. */
record Result(int errno, long value) {
    static Result ok(long value) {
        return new Result(0, value);
    }

    static Result refused(Errno errno) {
        return new Result(errno.number(), 0);
    }
}
