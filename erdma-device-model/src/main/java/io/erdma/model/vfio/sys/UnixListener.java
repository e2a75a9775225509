package io.erdma.model.vfio.sys;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A UNIX stream socket that clients connect to by a path. {@link #accept} for one thread at a time; {@link #stop} for any. */
public final class UnixListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UnixListener.class);
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SHUT_RDWR = 2;
    private static final int BACKLOG = 8;
    private static final int LONGEST_PATH = 107;
    private static final long RETRY_NANOS = 20_000_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = Libc.newState(arena);
    private final LeakLedger ledger;
    private final Path path;
    private final Descriptor socket;
    private volatile boolean stopped;
    private volatile boolean removed;

    private UnixListener(LeakLedger ledger, Path path, Descriptor socket) {
        this.ledger = ledger;
        this.path = path;
        this.socket = socket;
    }

    /**
     * Listens at a path.
     *
     * @throws ErrnoException EADDRINUSE if something is there already, EINVAL for a path longer than 107 bytes, or what the system says
     */
    @SuppressWarnings("MustBeClosedChecker") // what is opened here is returned or closed
    public static UnixListener open(Path path, LeakLedger ledger) {
        byte[] name = path.toString().getBytes(UTF_8);
        if (name.length > LONGEST_PATH) {
            throw new ErrnoException(Errno.EINVAL,
                    "socket path of %d bytes, at most %d: %s".formatted(name.length, LONGEST_PATH, path));
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment state = Libc.newState(scratch);
            int fd = Libc.socket(state, AF_UNIX, SOCK_STREAM_CLOEXEC);
            if (fd < 0) {
                throw Libc.failure("socket", fd);
            }
            Descriptor socket = new Descriptor(fd, ledger);
            int result = Libc.bind(state, fd, address(scratch, name), Short.BYTES + name.length + 1);
            if (result < 0) {
                socket.close();
                throw result == -Libc.EADDRINUSE
                        ? new ErrnoException(Errno.EADDRINUSE,
                                path + " is there already: a server's, or left by one that was killed")
                        : Libc.failure("listening on " + path, result);
            }
            result = Libc.listen(state, fd, BACKLOG);
            if (result < 0) {
                socket.close();
                unlink(path);
                throw Libc.failure("listening on " + path, result);
            }
            return new UnixListener(ledger, path, socket);
        }
    }

    /** A {@code sockaddr_un}. */
    static MemorySegment address(Arena arena, byte[] name) {
        MemorySegment address = arena.allocate(Short.BYTES + LONGEST_PATH + 1L, Short.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, name.length);
        return address;
    }

    private static void unlink(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot remove socket " + path + ": " + e.getMessage(), e);
        }
    }

    /** Waits for a client. Empty after {@link #stop}. */
    public Optional<UnixChannel> accept() {
        while (!stopped) {
            int fd = Libc.accept(state, socket.number(), SOCK_CLOEXEC);
            if (fd >= 0) {
                return Optional.of(channel(new Descriptor(fd, ledger)));
            }
            if (fd != -Libc.EINTR && fd != -Libc.ECONNABORTED && !stopped) {
                // such as no more descriptors in this process: the client stays in the queue meanwhile
                LOG.debug("{}: no client can be taken, errno {}", path, -fd);
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
        return Optional.empty();
    }

    private UnixChannel channel(Descriptor client) {
        try {
            return new UnixChannel(client, ledger);
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    /** Ends {@link #accept}, now and later, and removes the path if that can be. Idempotent. */
    public synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        try (Arena scratch = Arena.ofConfined()) {
            int _ = Libc.shutdown(Libc.newState(scratch), socket.number(), SHUT_RDWR);
        }
        try {
            unlink(path);
            removed = true;
        } catch (ErrnoException e) {
            LOG.debug("{}", path, e);
        }
    }

    /** Removes the path if {@link #stop} could not. EIO if it still can't be. */
    public synchronized void checkRemoved() {
        if (!removed) {
            unlink(path);
            removed = true;
        }
    }

    /** Stops, and closes the socket. Nobody is in {@link #accept}. Takes as long as it takes to close what clients have sent that were not taken. */
    @Override
    public void close() {
        stop();
        socket.close();
        arena.close();
    }
}
