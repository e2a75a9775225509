package io.erdma.core.net;

import java.net.InetSocketAddress;

/** A TCP port that is listened on. */
public interface StreamListener extends AutoCloseable {
    /** Address and port; the port is the real one if 0 was asked for. */
    InetSocketAddress local();

    /** Stops listening; streams that were accepted live on, ones that nobody took are reset. Idempotent. */
    @Override
    void close();
}
