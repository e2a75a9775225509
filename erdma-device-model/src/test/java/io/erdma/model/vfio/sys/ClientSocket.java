package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** A client's end of the socket: sends bytes with any descriptors, receives bytes. */
public final class ClientSocket implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment sendState = Libc.newState(arena);
    private final MemorySegment receiveState = Libc.newState(arena);
    private final MemorySegment message = arena.allocate(56, 8);
    private final MemorySegment vector = arena.allocate(16, 8);
    private final MemorySegment control = arena.allocate(16 + 300 * 4, 8);
    private final MemorySegment incoming = arena.allocate(56, 8);
    private final MemorySegment incomingVector = arena.allocate(16, 8);
    private final int socket;

    public ClientSocket(Path path) {
        socket = ClientKernel.connect(path);
        message.set(ADDRESS, 16, vector);
        message.set(JAVA_LONG, 24, 1);
        incoming.set(ADDRESS, 16, incomingVector);
        incoming.set(JAVA_LONG, 24, 1);
        setPatience(20); // a server that does not answer fails a test
    }

    /** How many seconds {@link #receive} waits at most, 0 for ever. */
    public void setPatience(long seconds) {
        MemorySegment timeout = arena.allocate(16, 8);
        timeout.set(JAVA_LONG, 0, seconds);
        ClientKernel.setOption(socket, 20, timeout); // SO_RCVTIMEO
    }

    /** Sends bytes, with descriptors beside the first. False if the server is gone. */
    public boolean send(MemorySegment bytes, long offset, long length, int... descriptors) {
        long sent = 0;
        while (sent < length) {
            vector.set(ADDRESS, 0, bytes.asSlice(offset + sent, length - sent));
            vector.set(JAVA_LONG, 8, length - sent);
            boolean with = descriptors.length > 0 && sent == 0;
            message.set(ADDRESS, 32, with ? control : MemorySegment.NULL);
            message.set(JAVA_LONG, 40, with ? 16 + 4L * descriptors.length : 0);
            control.set(JAVA_LONG, 0, 16 + 4L * descriptors.length);
            control.set(JAVA_INT, 8, 1);
            control.set(JAVA_INT, 12, 1);
            for (int i = 0; i < descriptors.length; i++) {
                control.set(JAVA_INT, 16 + 4L * i, descriptors[i]);
            }
            long result = Libc.sendmsg(sendState, socket, message, 0x4000);
            if (result < 0) {
                return false;
            }
            sent += result;
        }
        return true;
    }

    /** Sends a byte that comes before others, and that is received by who asks for it only. */
    public void sendOutOfBand() {
        vector.set(ADDRESS, 0, arena.allocate(1));
        vector.set(JAVA_LONG, 8, 1);
        message.set(ADDRESS, 32, MemorySegment.NULL);
        message.set(JAVA_LONG, 40, 0);
        if (Libc.sendmsg(sendState, socket, message, 0x4001) != 1) {
            throw new IllegalStateException("no byte out of band");
        }
    }

    /** Receives just so many bytes; false if the server is gone, or says nothing for long. */
    public boolean receive(MemorySegment target, long offset, long length) {
        long got = 0;
        while (got < length) {
            incomingVector.set(ADDRESS, 0, target.asSlice(offset + got, length - got));
            incomingVector.set(JAVA_LONG, 8, length - got);
            long result = Libc.recvmsg(receiveState, socket, incoming, 0);
            if (result <= 0) {
                return false;
            }
            got += result;
        }
        return true;
    }

    /** Ends the stream in both directions: a {@link #receive} that waits returns. */
    public void shutdown() {
        try (Arena scratch = Arena.ofConfined()) {
            int _ = Libc.shutdown(Libc.newState(scratch), socket, 2);
        }
    }

    @Override
    public void close() {
        ClientKernel.close(socket);
        arena.close();
    }
}
