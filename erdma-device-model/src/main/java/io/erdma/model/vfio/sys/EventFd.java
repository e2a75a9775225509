package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A client's eventfd, to be signalled. One thread at a time. */
public final class EventFd implements AutoCloseable {
    private static final String LINK = "anon_inode:[eventfd]";
    private static final int F_SETFL = 4;
    private static final int O_RDWR_NONBLOCK = 2 | 0x800;

    private final Descriptor descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = Libc.newState(arena);
    private final MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);

    /** Takes ownership of a descriptor that {@link #isEventFd}. */
    public EventFd(Descriptor descriptor) {
        this.descriptor = descriptor;
        int _ = Libc.fcntl(state, descriptor.number(), F_SETFL, O_RDWR_NONBLOCK);
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

    /** Adds 1 to its count. A count that is full stays so: the client has an event to take already. */
    public void signal() {
        long _ = Libc.write(state, descriptor.number(), one);
    }

    @Override
    public void close() {
        descriptor.close();
        arena.close();
    }
}
