package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import java.util.Set;

/**
 * What a call must come to.
 *
 * @param errno 0 for success
 * @param values what it may return: requests taken, a depth, whether completions are there …; none: whatever it likes, such as a key
 */
record Expected(int errno, Set<Long> values) {
    static final Expected OK = new Expected(0, Set.of());

    static Expected ok(long value) {
        return new Expected(0, Set.of(value));
    }

    static Expected refused(Errno errno) {
        return new Expected(errno.number(), Set.of());
    }

    /** Of a post. */
    static Expected posted(long result) {
        return new Expected(PostResult.errno(result), Set.of((long) PostResult.taken(result)));
    }

    boolean isOk() {
        return errno == 0;
    }

    boolean matches(Result result) {
        return errno == result.errno() && (values.isEmpty() || values.contains(result.value()));
    }
}
