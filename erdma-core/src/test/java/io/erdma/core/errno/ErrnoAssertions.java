package io.erdma.core.errno;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What tests say of refusals. */
public final class ErrnoAssertions {
    private ErrnoAssertions() {}

    /** The call fails with this errno; the result goes on with the message. */
    @SuppressWarnings("exports") // of a test only
    public static AbstractStringAssert<?> assertErrno(Errno errno, ThrowingCallable call) {
        ErrnoException failure = catchThrowableOfType(ErrnoException.class, call);
        assertThat(failure).as("refused with " + errno).isNotNull();
        assertThat(failure.errno()).isEqualTo(errno);
        return assertThat(failure.getMessage());
    }
}
