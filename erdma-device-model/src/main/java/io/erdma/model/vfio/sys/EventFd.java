package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client's eventfd, to be signalled. A client that has filled it, and has it block, holds whoever signals it until it is read: by the client, or with {@link #drain}.
 * Thread-safe.
 */
public final class EventFd implements AutoCloseable {
    private static final String LINK = "anon_inode:[eventfd]";
    private static final int F_SETFL = 4;
    private static final int O_RDWR_NONBLOCK = 2 | 0x800;
    private static final int RWF_NOWAIT = 8;

    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1);

    private final Descriptor descriptor;
    /** Its owner until {@link #close}, and those who are in a system call with it. The last one closes the descriptor, so that its number is nobody else's before. */
    private final AtomicInteger users = new AtomicInteger(1);

    /** Takes ownership of a descriptor that {@link #isEventFd}. */
    public EventFd(Descriptor descriptor) {
        this.descriptor = descriptor;
        try (Arena scratch = Arena.ofConfined()) {
            // as long as the client does not undo it: the flag is the file's, not the descriptor's
            int _ = Libc.fcntl(Libc.newState(scratch), descriptor.number(), F_SETFL, O_RDWR_NONBLOCK);
        }
    }

    /** Whether a descriptor is an eventfd. A write to anything else could do what nobody asked for. */
    public static boolean isEventFd(Descriptor descriptor) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment answer = scratch.allocate(LINK.length() + 1L);
            long length = Libc.readlink(Libc.newState(scratch),
                    scratch.allocateFrom("/proc/self/fd/" + descriptor.number()), answer);
            return length == LINK.length()
                    && new String(answer.asSlice(0, length).toArray(JAVA_BYTE), UTF_8)
                            .equals(LINK);
        }
    }

    /**
     * Adds 1 to its count, unless it is closed. A count that is full stays so: the client has an event to take already.
     *
     * @param state memory for the calling thread's errno ({@link #newState})
     */
    public void signal(MemorySegment state) {
        if (enter()) {
            try {
                long _ = Libc.write(state, descriptor.number(), ONE);
            } finally {
                leave();
            }
        }
    }

    /** Takes its count away, so that who is held in {@link #signal} comes out. Waits for nobody. */
    public void drain() {
        if (enter()) {
            try (Arena scratch = Arena.ofConfined()) {
                MemorySegment vector = scratch.allocate(2L * Long.BYTES, Long.BYTES);
                vector.set(ADDRESS, 0, scratch.allocate(JAVA_LONG));
                vector.set(JAVA_LONG, Long.BYTES, Long.BYTES);
                long _ = Libc.preadv2(Libc.newState(scratch), descriptor.number(), vector, RWF_NOWAIT);
            } finally {
                leave();
            }
        }
    }

    /** Memory for the errno of {@link #signal}. */
    public static MemorySegment newState(Arena arena) {
        return Libc.newState(arena);
    }

    private boolean enter() {
        return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            descriptor.close();
        }
    }

    /** Its owner lets go of it. Once. Waits for nobody. */
    @Override
    public void close() {
        leave();
    }
}
