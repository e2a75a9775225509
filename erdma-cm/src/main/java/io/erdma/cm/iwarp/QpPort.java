package io.erdma.cm.iwarp;

import java.net.InetSocketAddress;

/** A QP as an end point uses it, with a reference held until {@link #release()}. Thread-safe. */
public interface QpPort {
    /** Whether it is before RTS: IDLE or RTR. */
    boolean connectable();

    /** Whether it is in RTS: it has a connection. */
    boolean connected();

    /** Its cookie, by which the peer's device knows it. */
    int cookie();

    /** Its congestion control, 0–15. */
    int congestionControl();

    /**
     * Makes an end point the owner of the QP's connection.
     *
     * @param leftRts called when the QP goes to CLOSING, TERMINATE or ERROR, in any thread: it only queues work
     * @return false, and nothing is changed, if it has another owner or is beyond RTR
     */
    boolean attach(Runnable leftRts);

    /** Ends the ownership; {@code leftRts} may still be running. Without effect if there is none. */
    void detach();

    /**
     * Moves the QP to RTS.
     *
     * @throws io.erdma.core.errno.ErrnoException if the device refuses; the QP stays as it was
     */
    void connect(Handover handover);

    /** The TCP stream is closed: a QP in RTS goes to CLOSING, one in CLOSING to IDLE, others stay. */
    void streamClosed();

    /**
     * Moves the QP to CLOSING, or abruptly to ERROR.
     *
     * @throws io.erdma.core.errno.ErrnoException if the device refuses
     */
    void disconnect(boolean abrupt);

    /** Gives the reference back. Called once. */
    void release();

    /**
     * What the device takes over from TCP and MPA.
     *
     * @param local our end
     * @param remote the peer's end
     * @param peerCookie cookie of the peer's QP
     * @param congestionControl what both sides use, 0–15
     * @param sendSequence TCP sequence number of the next byte that this end sends
     * @param receiveSequence the same of the byte that it receives next
     * @param replyLength bytes that this end sends after the move: 0, or the MPA reply of the passive side
     * @param ird READs and atomics in flight towards the QP
     * @param ord the same from it
     */
    record Handover(InetSocketAddress local, InetSocketAddress remote, int peerCookie, int congestionControl,
            int sendSequence, int receiveSequence, int replyLength, int ird, int ord) {}
}
