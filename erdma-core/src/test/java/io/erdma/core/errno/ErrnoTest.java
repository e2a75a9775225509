package io.erdma.core.errno;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrnoTest {
    /** asm-generic/errno-base.h and errno.h. */
    @ParameterizedTest
    @CsvSource({ "EPERM,1", "ENOENT,2", "ESRCH,3", "EIO,5", "EBADF,9", "EAGAIN,11", "ENOMEM,12", "EACCES,13",
        "EFAULT,14",
        "EBUSY,16", "EEXIST,17", "ENODEV,19", "EINVAL,22", "ENOSPC,28", "EPIPE,32", "ETIME,62", "EPROTO,71",
        "EMSGSIZE,90", "EOPNOTSUPP,95", "EAFNOSUPPORT,97", "EADDRINUSE,98", "EADDRNOTAVAIL,99", "ENETDOWN,100",
        "ENETUNREACH,101", "ECONNABORTED,103", "ECONNRESET,104", "EISCONN,106", "ENOTCONN,107", "ETIMEDOUT,110",
        "ECONNREFUSED,111", "EHOSTUNREACH,113", "EALREADY,114", "ECANCELED,125" })
    void number_isLinuxs(Errno errno, int number) {
        assertThat(errno.number()).isEqualTo(number);
        assertThat(errno.text()).isNotBlank();
    }

    @Test
    void numbers_differ() {
        assertThat(Arrays.stream(Errno.values()).map(Errno::number)).doesNotHaveDuplicates();
    }

    @Test
    void exception_saysNameAndReason_andKeepsItsCause() {
        Throwable cause = new IllegalStateException();
        assertThat(new ErrnoException(Errno.EINVAL, "length 0")).hasMessage("EINVAL: length 0").hasNoCause();
        assertThat(new ErrnoException(Errno.EIO)).hasMessage("EIO: input/output error");
        assertThat(new ErrnoException(Errno.EIO, "x", cause)).hasMessage("EIO: x").hasCause(cause);
    }
}
