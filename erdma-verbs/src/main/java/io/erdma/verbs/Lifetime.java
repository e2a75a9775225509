package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether a device still takes users. Who makes an object checks before and after it can be found; who takes the device away first ends the lifetime,
 * then looks for objects: so one of the two sees the other, without a lock.
 */
final class Lifetime {
    private final String device;
    private final AtomicBoolean ended = new AtomicBoolean();

    Lifetime(String device) {
        this.device = device;
    }

    /** ENODEV once it has ended. */
    void check() {
        if (ended.get()) {
            throw new ErrnoException(Errno.ENODEV, "device " + device + " is being removed");
        }
    }

    /** Destroys what was just made if the device is on its way out, and refuses with ENODEV. */
    void checkMade(Runnable destroy) {
        if (ended.get()) {
            destroy.run();
            check();
        }
    }

    /** False if it had ended before. */
    boolean end() {
        return ended.compareAndSet(false, true);
    }

    boolean ended() {
        return ended.get();
    }
}
