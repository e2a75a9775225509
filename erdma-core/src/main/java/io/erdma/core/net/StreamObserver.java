package io.erdma.core.net;

import io.erdma.core.errno.Errno;

/**
 * Hears of a stream's changes. Called in any thread, also from within the call that caused it, never with a lock of the network held; it must not
 * block and should only queue work. Events of one stream come one at a time.
 */
public interface StreamObserver {
    /** The connection stands (active side only). */
    void connected();

    /** It could not be made: ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT. The stream is closed. */
    void connectFailed(Errno reason);

    /** There is something to read, the end of the stream included. May come without need. */
    void readable();

    /** The peer has closed or reset. Unread bytes can still be read. */
    void peerClosed();
}
