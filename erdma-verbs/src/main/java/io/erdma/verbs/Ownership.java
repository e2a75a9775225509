package io.erdma.verbs;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who holds an object that others find by number or that a device may take away: its owner, interrupt handlers, end points, data-path calls of shared queues
 * (kernel: {@code kref}). The last one who lets go frees number and memory, in its own thread: so an object that is destroyed from within its own
 * handler need not wait for itself.
 *
 * <p>An object that one thread uses alone does not count its data-path calls. When the device takes such an object away, its memory stays until the owner
 * closes it: so nothing is freed under a running call.
 */
final class Ownership {
    private final AtomicInteger held = new AtomicInteger(1);
    private final AtomicBoolean ownerGone = new AtomicBoolean();
    private final AtomicBoolean destroyed = new AtomicBoolean();
    private final boolean singleThreaded;
    private final Runnable free;

    /** The owner's reference. */
    Ownership(boolean singleThreaded, Runnable free) {
        this.singleThreaded = singleThreaded;
        this.free = free;
    }

    /** Takes a reference; false if the object is free already. Allocates nothing. */
    boolean tryAcquire() {
        int now = held.get();
        while (now > 0) {
            int seen = held.compareAndExchange(now, now + 1);
            if (seen == now) {
                return true;
            }
            now = seen;
        }
        return false;
    }

    /** Lets go; the last one frees. */
    void release() {
        if (held.decrementAndGet() == 0) {
            free.run();
        }
    }

    /** Begins a data-path call; false if the object is destroyed. Allocates nothing. */
    boolean enter() {
        if (singleThreaded) {
            return !destroyed.get();
        }
        if (!tryAcquire()) {
            return false;
        }
        if (destroyed.get()) {
            release();
            return false;
        }
        return true;
    }

    /** Ends a data-path call that {@link #enter} let begin. */
    void leave() {
        if (!singleThreaded) {
            release();
        }
    }

    /** Marks the object as destroyed; true for the one caller who is to destroy it. */
    boolean destroy() {
        return destroyed.compareAndSet(false, true);
    }

    boolean destroyed() {
        return destroyed.get();
    }

    /** The owner has closed it. */
    void ownerClosed() {
        if (ownerGone.compareAndSet(false, true)) {
            release();
        }
    }

    /** The device has taken it away; the owner may not know yet. */
    void removed() {
        if (!singleThreaded) {
            ownerClosed();
        }
    }

    /** How many hold it. */
    int count() {
        return held.get();
    }
}
