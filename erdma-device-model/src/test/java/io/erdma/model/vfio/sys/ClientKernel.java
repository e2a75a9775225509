package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a client needs of the kernel and the server does not. Descriptors are plain numbers here: a client is somebody else, and counts nothing. */
@SuppressWarnings("restricted")
public final class ClientKernel {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CONNECT = call("connect", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SETSOCKOPT = call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle MEMFD = call("memfd_create", ADDRESS, JAVA_INT);
    private static final MethodHandle TRUNCATE = call("ftruncate", JAVA_INT, JAVA_LONG);
    private static final MethodHandle EVENTFD = call("eventfd", JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = call("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READ = call("read", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle PIPE = call("pipe2", ADDRESS, JAVA_INT);

    private static final int ALLOW_SEALING = 2;
    private static final int CLOEXEC = 1;
    private static final int F_SETFL = 4;
    private static final int O_RDWR = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int SEAL_SHRINK = 2;
    private static final int POLLIN = 1;

    private ClientKernel() {}

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static int invoke(MethodHandle call, Object... arguments) {
        try {
            return (int) call.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static int require(int result, String call) {
        if (result < 0) {
            throw new IllegalStateException(call + " failed");
        }
        return result;
    }

    /** A socket that is connected to a path. */
    static int connect(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] name = path.toString().getBytes(UTF_8);
            int socket = require(Libc.socket(Libc.newState(arena), 1, 1 | 0x80000), "socket");
            require(invoke(CONNECT, socket, UnixListener.address(arena, name), 2 + name.length + 1), "connect");
            return socket;
        }
    }

    /** A TCP socket that is connected to a port of this machine. */
    static int connect(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(16, 4);
            address.set(JAVA_SHORT, 0, (short) 2);
            address.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
            address.set(JAVA_INT, 4, 0x0100_007F);
            int socket = require(Libc.socket(Libc.newState(arena), 2, 1 | 0x80000), "socket");
            require(invoke(CONNECT, socket, address, 16), "connect");
            return socket;
        }
    }

    /** Sets an option of a socket itself (SOL_SOCKET). */
    static void setOption(int socket, int option, MemorySegment value) {
        require(invoke(SETSOCKOPT, socket, 1, option, value, (int) value.byteSize()), "setsockopt");
    }

    /** Lets an operation that can't go on at once wait, for whoever has the file. */
    public static void letBlock(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            require(Libc.fcntl(Libc.newState(arena), descriptor, F_SETFL, O_RDWR), "fcntl");
        }
    }

    /** A memory file of so many bytes, sealed against shrinking or not. */
    public static int memory(long bytes, boolean sealed) {
        try (Arena arena = Arena.ofConfined()) {
            int file = require(invoke(MEMFD, arena.allocateFrom("guest"), ALLOW_SEALING | CLOEXEC), "memfd_create");
            resize(file, bytes);
            if (sealed) {
                require(Libc.fcntl(Libc.newState(arena), file, F_ADD_SEALS, SEAL_SHRINK), "sealing");
            }
            return file;
        }
    }

    /** Changes the size of a file; false if the kernel refuses. */
    public static boolean resize(int file, long bytes) {
        return invoke(TRUNCATE, file, bytes) == 0;
    }

    /** The client's own mapping of its memory; lasts as long as the arena. */
    public static MemorySegment map(int file, long bytes, Arena arena) {
        long address = Libc.mmap(Libc.newState(arena), bytes, 3, 1, file, 0);
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena,
                mapped -> Libc.munmap(Libc.newState(Arena.ofAuto()), mapped.address(), bytes));
    }

    /** An eventfd. */
    public static int event() {
        return require(invoke(EVENTFD, 0, 0x80000), "eventfd");
    }

    /** Adds to an eventfd. */
    public static void add(int event, long count) {
        try (Arena arena = Arena.ofConfined()) {
            long _ = Libc.write(Libc.newState(arena), event, arena.allocateFrom(JAVA_LONG, count));
        }
    }

    /** Both ends of a pipe. */
    public static int[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(8, 4);
            require(invoke(PIPE, ends, 0x80000), "pipe");
            return new int[]{ ends.get(JAVA_INT, 0), ends.get(JAVA_INT, 4) };
        }
    }

    /** Waits for an eventfd and takes its count; 0 if nothing comes in so many milliseconds. */
    public static long await(int event, int milliseconds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(8, 8);
            poll.set(JAVA_INT, 0, event);
            poll.set(JAVA_SHORT, 4, (short) POLLIN);
            if (invoke(POLL, poll, 1L, milliseconds) <= 0) {
                return 0;
            }
            MemorySegment count = arena.allocate(8, 8);
            invoke(READ, event, count, 8L);
            return count.get(JAVA_LONG, 0);
        }
    }

    /** Closes a descriptor. */
    public static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int _ = Libc.close(Libc.newState(arena), descriptor);
        }
    }

    /** Descriptors that this process has open, of the kinds that clients bring: sockets, memory files, eventfds. */
    public static long open() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(ClientKernel::isOfClient).count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same as soon as it is so many, as the server closes what it does not want beside what it does; what it is after 20 s if it never is. */
    public static long awaitOpen(long expected) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (open() != expected && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        return open();
    }

    private static boolean isOfClient(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:") || target.startsWith("/memfd:guest")
                    || target.startsWith("anon_inode:[eventfd]") || target.startsWith("pipe:");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    /** Mappings of clients' memory files in this process. */
    public static long mappings() {
        try (Stream<String> all = Files.lines(Path.of("/proc/self/maps"))) {
            return all.filter(line -> line.contains("/memfd:guest")).count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
