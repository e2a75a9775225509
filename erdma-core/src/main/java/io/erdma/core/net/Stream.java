package io.erdma.core.net;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A TCP connection, non-blocking. Changes are reported to its {@link StreamObserver}; an observer that is set late hears at once of what is
 * already so. All methods are safe for use by several threads, but bytes are read by one reader and written by one writer.
 */
public interface Stream extends AutoCloseable {
    /** Our end. */
    InetSocketAddress local();

    /** The peer's end. */
    InetSocketAddress remote();

    /** Sets who hears of changes; replaces the one before. */
    void observe(StreamObserver observer);

    /**
     * Reads what is there.
     *
     * @return bytes read, 0 if nothing is there (or {@code target} is full), −1 at the end of the stream or after a reset. Bytes that arrived before the
     *     end are read first
     */
    int read(ByteBuffer target);

    /**
     * Writes what fits.
     *
     * @return bytes taken, 0 if nothing fits now
     * @throws io.erdma.core.errno.ErrnoException ENOTCONN before it is connected, EPIPE once the peer or this end has closed, or the stream was handed over
     */
    int write(ByteBuffer source);

    /** Sequence number of the next byte that this end sends, as 32 bits. */
    int sendSequence();

    /** Sequence number of the next byte that this end will read, as 32 bits. */
    int receiveSequence();

    /**
     * Gives the connection's data phase to the card: from now on nothing can be read or written here. The peer's close is still reported, and
     * {@link #close()} still tells the peer. Idempotent.
     */
    void handOver();

    /** Sends small writes at once (TCP_NODELAY). A hint. */
    void setNoDelay(boolean on);

    /** Closes this end; the peer reads what was sent and then the end of the stream. Idempotent; no event follows. */
    @Override
    void close();
}
