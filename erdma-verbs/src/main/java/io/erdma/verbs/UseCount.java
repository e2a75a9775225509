package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.concurrent.atomic.AtomicInteger;

/** How many other objects are built on one (kernel: {@code usecnt}). While there are any it can't be destroyed; once it is, nothing can be built on it. */
final class UseCount {
    private static final int CLOSED = Integer.MIN_VALUE / 2;

    private final AtomicInteger users = new AtomicInteger();

    /** One more user. EINVAL once the object is destroyed. */
    void enter(String object) {
        int now = users.getAndUpdate(count -> count < 0 ? count : count + 1);
        if (now < 0) {
            throw new ErrnoException(Errno.EINVAL, object + " is destroyed");
        }
    }

    /** One user less. */
    void leave() {
        users.decrementAndGet();
    }

    /**
     * Marks the object as destroyed. EBUSY while it is used.
     *
     * @return false if it was already
     */
    boolean close(String object) {
        if (users.compareAndSet(0, CLOSED)) {
            return true;
        }
        int now = users.get();
        if (now < 0) {
            return false;
        }
        throw new ErrnoException(Errno.EBUSY, object + " is used by " + now + " other objects");
    }

    /** Marks the object as destroyed, with whatever users it has: they leave later. False if it was already. */
    boolean closeAnyway() {
        return users.getAndUpdate(count -> count < 0 ? count : count + CLOSED) >= 0;
    }

    /** How many users there are; 0 for a destroyed object. */
    int count() {
        return Math.max(0, users.get());
    }
}
