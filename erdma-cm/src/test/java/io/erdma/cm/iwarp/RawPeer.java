package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.core.net.StreamObserver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** A peer of a test that speaks bytes: it has no end point. */
public final class RawPeer implements StreamObserver {
    private final List<Stream> streams = new ArrayList<>();
    private Optional<StreamListener> listener = Optional.empty();
    private boolean closed;

    /** Waits for a connection. */
    public static RawPeer listening(Rig.Side side, int port) {
        RawPeer peer = new RawPeer();
        peer.listener = Optional.of(side.machine.streams().listen(side.at(port), Optional.empty(), 8, peer::take));
        return peer;
    }

    /** Begins to connect. */
    public static RawPeer connecting(Rig.Side from, Rig.Side to, int port) {
        RawPeer peer = new RawPeer();
        peer.streams.add(from.machine.streams().connect(Optional.empty(), to.at(port), peer));
        return peer;
    }

    private void take(Stream stream) {
        stream.observe(this);
        streams.add(stream);
    }

    /** The connection. */
    public Stream stream() { return streams.getFirst(); }

    /** Sends bytes. */
    public void send(byte... bytes) { stream().write(ByteBuffer.wrap(bytes)); }

    /** Sends a frame. */
    public void send(String hex) { send(HexFormat.of().parseHex(hex.replace(" ", ""))); }

    /** All that has come, as hexadecimal digits. */
    public String received() {
        ByteBuffer bytes = ByteBuffer.allocate(1000);
        int read = 1;
        while (read > 0) {
            read = stream().read(bytes);
        }
        return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
    }

    /** Whether the other end has closed. */
    public boolean closedByPeer() { return closed; }

    /** Closes all. */
    public void close() {
        streams.forEach(Stream::close);
        listener.ifPresent(StreamListener::close);
    }

    @Override
    public void connected() {
        // writes tell
    }

    @Override
    public void connectFailed(Errno reason) { closed = true; }

    @Override
    public void readable() {
        // read by received()
    }

    @Override
    public void peerClosed() { closed = true; }
}
