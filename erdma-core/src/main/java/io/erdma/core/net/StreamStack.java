package io.erdma.core.net;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * TCP of one host over its interfaces. IPv4 only: another family is EAFNOSUPPORT. A connection uses the interface that holds its local address,
 * and works only while that interface is running. Thread-safe.
 */
public interface StreamStack {
    /**
     * Listens on a port.
     *
     * @param local address (or the wildcard) and port (0 for any free one); EADDRINUSE, EADDRNOTAVAIL
     * @param device connections to addresses of this interface only; matters with the wildcard
     * @param onAccept called with each new, connected stream, in any thread; it must not block, and owns the stream
     */
    StreamListener listen(InetSocketAddress local, Optional<Netdev> device, int backlog, Consumer<Stream> onAccept);

    /**
     * Begins to connect; the observer hears how it went. EADDRINUSE, EADDRNOTAVAIL for the local end, ENETUNREACH if no interface leads to the peer.
     *
     * @param local an address of the host and a port (0 for any); empty to let the stack choose. Address reuse is on: a local port may serve several
     *     connections to different peers
     */
    Stream connect(Optional<InetSocketAddress> local, InetSocketAddress remote, StreamObserver observer);

    /** The interface over which a peer is reached, if any does. */
    Optional<Netdev> route(InetSocketAddress remote);
}
