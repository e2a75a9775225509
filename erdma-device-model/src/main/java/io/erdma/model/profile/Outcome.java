package io.erdma.model.profile;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.WcStatus;
import java.util.Optional;

/** What comes of something that was left to decide. */
public enum Outcome {
    /** It works. */
    SUCCESS(WcStatus.SUCCESS),
    /** The own side's element is at fault. */
    LOCAL_ACCESS_ERROR(WcStatus.LOC_ACCESS_ERR),
    /** The peer's memory, or the receiver's own element, is at fault. */
    REMOTE_ACCESS_ERROR(WcStatus.REM_ACCESS_ERR),
    /** An error that the device has no number of its own for. */
    GENERAL_ERROR(WcStatus.GENERAL_ERR),
    /** The request is malformed. */
    BAD_REQUEST(WcStatus.LOC_QP_OP_ERR),
    /** The peer is gone. */
    RETRIES_EXCEEDED(WcStatus.RETRY_EXC_ERR),
    /** The call is refused, EINVAL. */
    REFUSED_EINVAL(Errno.EINVAL),
    /** The call is refused, EOPNOTSUPP. */
    REFUSED_EOPNOTSUPP(Errno.EOPNOTSUPP),
    /** It succeeds and changes nothing. */
    NO_EFFECT,
    /** It is taken, and done once the QP works. */
    DEFERRED,
    /** The ring is written on, the oldest is lost. */
    OVERWRITTEN,
    /** QP_FATAL of the QP. */
    FATAL_EVENT(AsyncEventType.QP_FATAL);

    private final Optional<WcStatus> status;
    private final Optional<Errno> errno;
    private final Optional<AsyncEventType> event;

    Outcome() {
        this(Optional.empty(), Optional.empty(), Optional.empty());
    }

    Outcome(WcStatus status) {
        this(Optional.of(status), Optional.empty(), Optional.empty());
    }

    Outcome(Errno errno) {
        this(Optional.empty(), Optional.of(errno), Optional.empty());
    }

    Outcome(AsyncEventType event) {
        this(Optional.empty(), Optional.empty(), Optional.of(event));
    }

    Outcome(Optional<WcStatus> status, Optional<Errno> errno, Optional<AsyncEventType> event) {
        this.status = status;
        this.errno = errno;
        this.event = event;
    }

    /** How the request completes, if this is a completion. */
    public Optional<WcStatus> status() {
        return status;
    }

    /** How the call is refused, if this is a refusal. */
    public Optional<Errno> errno() {
        return errno;
    }

    /** What event comes, if this is one. */
    public Optional<AsyncEventType> event() {
        return event;
    }
}
