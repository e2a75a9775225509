package io.erdma.core.errno;

/** A control-path call that was refused or failed, with the errno that the kernel would return. The call changed nothing. */
public final class ErrnoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** An error with the errno's own text. */
    public ErrnoException(Errno errno) {
        this(errno, errno.text());
    }

    /** An error whose message says what was wrong, with the value. */
    public ErrnoException(Errno errno, String message) {
        super(errno + ": " + message);
        this.errno = errno;
    }

    /** An error that another one caused. */
    public ErrnoException(Errno errno, String message, Throwable cause) {
        super(errno + ": " + message, cause);
        this.errno = errno;
    }

    /** The error number. */
    public Errno errno() {
        return errno;
    }
}
