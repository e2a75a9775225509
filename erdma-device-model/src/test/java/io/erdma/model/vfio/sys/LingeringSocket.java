package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A TCP socket whose close takes an hour: it lingers, and its peer does not read what it has sent. */
public final class LingeringSocket implements AutoCloseable {
    private final ServerSocket listener;
    private final Socket peer;
    private final int socket;

    /** Connects it and fills it. */
    public LingeringSocket() {
        try (Arena arena = Arena.ofConfined()) {
            listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
            socket = ClientKernel.connect(listener.getLocalPort());
            peer = listener.accept();
            MemorySegment state = Libc.newState(arena);
            MemorySegment linger = arena.allocate(8, 4);
            linger.set(JAVA_INT, 0, 1);
            linger.set(JAVA_INT, 4, 3600);
            ClientKernel.setOption(socket, 13, linger); // SO_LINGER
            int _ = Libc.fcntl(state, socket, 4, 0x802); // O_NONBLOCK
            MemorySegment data = arena.allocate(64 << 10);
            long sent;
            do {
                sent = Libc.write(state, socket, data);
            } while (sent > 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has the JDK open the socket that it keeps for itself once one was closed, before anybody counts. */
    public static void prepare() {
        try {
            new ServerSocket(0).close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its descriptor, to be given away and closed. */
    public int descriptor() {
        return socket;
    }

    /** Ends the connection, and so a close that waits. */
    @Override
    public void close() {
        try {
            peer.setSoLinger(true, 0);
            peer.close();
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
