package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.function.Supplier;

/**
 * Lets a program's calls into its context until that is ended, and then frees what they share once the last one has returned (kernel: {@code
 * ib_uverbs_file.hw_destroy_rwsem}). Without a lock: a command may run handlers in the calling thread that end the context. Thread-safe.
 */
final class UserCalls {
    private final ErdmaDevice device;
    private final UserObjects objects;
    private final Ownership ownership;

    /** @param free run once, when it is ended and no call is under way any more */
    UserCalls(ErdmaDevice device, UserObjects objects, Runnable free) {
        this.device = device;
        this.objects = objects;
        this.ownership = new Ownership(false, free);
    }

    /** Runs a call. EBADF: the context is closed; ENODEV: its device was removed. */
    <T> T call(Supplier<T> action) {
        if (!ownership.enter()) {
            throw closedError();
        }
        try {
            return action.get();
        } finally {
            ownership.leave();
        }
    }

    /** As {@link #call}, without a result. */
    void run(Runnable action) {
        call(() -> {
            action.run();
            return true;
        });
    }

    private ErrnoException closedError() {
        return device.isGone()
                ? new ErrnoException(Errno.ENODEV, "device " + device + " was removed")
                : new ErrnoException(Errno.EBADF, "the context is closed");
    }

    /** Gives an object its handle. The context may have been ended meanwhile: then one of the two destroys it, and the call is refused. */
    int publish(int handle, Object object, Runnable destroy) {
        objects.put(handle, object);
        if (ownership.destroyed()) {
            destroy.run();
            objects.remove(handle);
            throw closedError();
        }
        return handle;
    }

    /** No call begins any more; true for the one caller who is to end the context, and then calls {@link #ended}. */
    boolean end() {
        return ownership.destroy();
    }

    /** Everything in the context is destroyed. */
    void ended() {
        ownership.ownerClosed();
    }
}
