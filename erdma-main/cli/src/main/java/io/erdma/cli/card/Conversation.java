package io.erdma.cli.card;

import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * One connection, seen from both ends.
 *
 * @param out the end that connected
 * @param in the end that accepted
 */
public record Conversation(RdmaConnection out, RdmaConnection in) implements AutoCloseable {
    /** The port that is listened on. */
    public static final int PORT = 7174;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Connects the sender with the receiver, with the usual options. */
    public static Conversation between(Session session, Cast cast) {
        return between(session, cast.sender().name(), cast.receiver().name(), Cast.address(cast.receiver()),
                ConnectionOptions.DEFAULT, ConnectionOptions.DEFAULT);
    }

    /** Connects one host to an address of another (or of its own). */
    public static Conversation between(
            Session session, String from, String to, String address, ConnectionOptions active,
            ConnectionOptions passive) {
        InetSocketAddress door = new InetSocketAddress(address, PORT);
        try (RdmaListener listener = session.host(to).cm().listen(door, passive)) {
            RdmaConnection out = session.host(from).cm().connect(door, active);
            try {
                return new Conversation(out, listener.accept(PATIENCE));
            } catch (RuntimeException e) {
                out.close();
                throw e;
            }
        }
    }

    @Override
    public void close() {
        out.close();
        in.close();
    }
}
