package io.erdma.model.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Tells the observer of one end what it has not heard. What there is to tell is kept as bits, so it is never more than one of each; one thread at a time tells,
 * without the lock, and another one that finds it at work leaves its bits to it. State is guarded by the connection's lock.
 */
final class Teller {
    static final int CONNECTED = 1;
    static final int FAILED = 1 << 1;
    static final int READABLE = 1 << 2;
    static final int PEER_CLOSED = 1 << 3;

    private final VpcNetwork network;
    private final Object lock;
    private @Nullable StreamObserver observer;
    private Errno failure = Errno.ETIMEDOUT;
    private int untold;
    private boolean telling;
    private boolean silenced;
    private boolean handedOver;

    Teller(VpcNetwork network, Object lock) {
        this.network = network;
        this.lock = lock;
    }

    /** Something has happened. Under the lock; {@link #tell()} follows. */
    void add(int events) {
        untold |= events;
    }

    /** The connection could not be made. Under the lock; {@link #tell()} follows. */
    void addFailure(Errno reason) {
        failure = reason;
        untold |= FAILED;
    }

    /** Someone else hears from now on, and first of what is already so. Under the lock; {@link #tell()} follows. */
    void observe(StreamObserver newObserver, int facts) {
        observer = newObserver;
        untold = facts;
    }

    /** Nobody wants to hear of bytes any more. Under the lock. */
    void handOver() {
        handedOver = true;
    }

    /** Nobody wants to hear anything any more. Under the lock. */
    void silence() {
        silenced = true;
    }

    /** Has the observer called, by whoever calls observers here. Without the lock. */
    void tell() {
        synchronized (lock) {
            if (telling || !hasNews()) {
                return;
            }
            telling = true;
        }
        network.dispatch(this::tellAll);
    }

    private boolean hasNews() {
        return untold != 0 && observer != null && !silenced;
    }

    private void tellAll() {
        boolean done = false;
        try {
            for (Runnable call = nextCall(); call != null; call = nextCall()) {
                call.run();
            }
            done = true;
        } finally {
            if (!done) {
                endTelling();
            }
        }
    }

    private void endTelling() {
        synchronized (lock) {
            telling = false;
        }
    }

    private @Nullable Runnable nextCall() {
        synchronized (lock) {
            StreamObserver hearer = observer;
            if (!hasNews() || hearer == null) {
                telling = false;
                return null;
            }
            int event = Integer.lowestOneBit(untold);
            untold &= ~event;
            Errno reason = failure;
            return switch (event) {
                case CONNECTED -> hearer::connected;
                case FAILED -> () -> hearer.connectFailed(reason);
                case READABLE -> handedOver ? () -> {} : hearer::readable;
                default -> hearer::peerClosed;
            };
        }
    }
}
