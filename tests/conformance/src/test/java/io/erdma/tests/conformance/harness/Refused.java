package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Calls that must be refused. */
public final class Refused {
    private Refused() {}

    /** With this errno. */
    public static void with(Errno errno, ThrowingCallable call) {
        ErrnoException failure = catchThrowableOfType(ErrnoException.class, call);
        assertThat(failure).as("refused with " + errno).isNotNull();
        assertThat(failure.errno()).as(failure.getMessage()).isEqualTo(errno);
    }

    /** As what is asked of an object that is gone. */
    public static void asGone(Api api, ThrowingCallable call) {
        with(api == Api.KERNEL ? Errno.EINVAL : Errno.ENOENT, call);
    }
}
