package io.erdma.core.errno;

/** Linux error numbers, with Linux's values and meanings (include/uapi/asm-generic/errno*.h), as far as the stack uses them. */
public enum Errno {
    /** Operation not permitted. */
    EPERM(1, "operation not permitted"),
    /** No such object. */
    ENOENT(2, "no such object"),
    /** No such process, or one that has exited. */
    ESRCH(3, "no such process"),
    /** Input or output error; also a command that the device refused. */
    EIO(5, "input/output error"),
    /** Bad handle. */
    EBADF(9, "bad handle"),
    /** Try again. */
    EAGAIN(11, "try again"),
    /** Out of memory, or no room in a ring. */
    ENOMEM(12, "out of memory or ring full"),
    /** Permission denied. */
    EACCES(13, "permission denied"),
    /** Bad address; also a BAR that cannot be mapped. */
    EFAULT(14, "bad address"),
    /** Object in use. */
    EBUSY(16, "object in use"),
    /** Object exists already. */
    EEXIST(17, "exists already"),
    /** No such device, or a device that does not work. */
    ENODEV(19, "no such device"),
    /** Invalid argument. */
    EINVAL(22, "invalid argument"),
    /** No space left: no free number. */
    ENOSPC(28, "no space left"),
    /** Broken pipe. */
    EPIPE(32, "broken pipe"),
    /** Timer expired: a command was not answered in time. */
    ETIME(62, "timer expired"),
    /** Protocol error. */
    EPROTO(71, "protocol error"),
    /** Message too long. */
    EMSGSIZE(90, "message too long"),
    /** Operation not supported. */
    EOPNOTSUPP(95, "operation not supported"),
    /** Address family not supported. */
    EAFNOSUPPORT(97, "address family not supported"),
    /** Address in use. */
    EADDRINUSE(98, "address in use"),
    /** Address not available. */
    EADDRNOTAVAIL(99, "address not available"),
    /** Network is down. */
    ENETDOWN(100, "network is down"),
    /** Network unreachable. */
    ENETUNREACH(101, "network unreachable"),
    /** Connection aborted. */
    ECONNABORTED(103, "connection aborted"),
    /** Connection reset. */
    ECONNRESET(104, "connection reset"),
    /** Already connected. */
    EISCONN(106, "already connected"),
    /** Not connected. */
    ENOTCONN(107, "not connected"),
    /** Timed out. */
    ETIMEDOUT(110, "timed out"),
    /** Connection refused. */
    ECONNREFUSED(111, "connection refused"),
    /** Host unreachable. */
    EHOSTUNREACH(113, "host unreachable"),
    /** Already in progress. */
    EALREADY(114, "already in progress"),
    /** Cancelled. */
    ECANCELED(125, "cancelled");

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The positive Linux number. */
    public int number() {
        return number;
    }

    /** A few words for people. */
    public String text() {
        return text;
    }
}
