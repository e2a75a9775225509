package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * System calls through the C library of a 64-bit Linux. Each returns what the call returns, or the negative errno. The caller brings memory for the errno
 * ({@link #newState}), which one thread at a time may use; so a call allocates nothing.
 */
final class Libc {
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EADDRINUSE = 98;
    static final int ECONNABORTED = 103;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = intCall("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = intCall("bind", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = intCall("listen", JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT = intCall("accept4", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle SHUTDOWN = intCall("shutdown", JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = intCall("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = intCall("close", JAVA_INT);
    private static final MethodHandle FSTAT = intCall("fstat", JAVA_INT, ADDRESS);
    private static final MethodHandle FSTATFS = intCall("fstatfs", JAVA_INT, ADDRESS);
    private static final MethodHandle MUNMAP = intCall("munmap", JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FCNTL = handle(FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            "fcntl", Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle RECVMSG = longCall("recvmsg", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SENDMSG = longCall("sendmsg", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle PREADV2 = longCall("preadv2", JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle WRITE = longCall("write", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle READLINK = longCall("readlink", ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle MMAP = longCall("mmap", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
            JAVA_LONG);

    private Libc() {}

    private static MethodHandle intCall(String name, MemoryLayout... arguments) {
        return handle(FunctionDescriptor.of(JAVA_INT, arguments), name, Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle longCall(String name, MemoryLayout... arguments) {
        return handle(FunctionDescriptor.of(JAVA_LONG, arguments), name, Linker.Option.captureCallState("errno"));
    }

    @SuppressWarnings("restricted") // the launcher grants native access
    private static MethodHandle handle(FunctionDescriptor descriptor, String name, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /** Memory for the errno of a call. */
    static MemorySegment newState(Arena arena) {
        return arena.allocate(STATE);
    }

    private static long result(MemorySegment state, long returned) {
        return returned == -1 ? -(int) ERRNO.get(state, 0L) : returned;
    }

    private static int result(MemorySegment state, int returned) {
        return returned == -1 ? -(int) ERRNO.get(state, 0L) : returned;
    }

    /** What a failed call said, as an exception. */
    static ErrnoException failure(String call, long negativeErrno) {
        int number = (int) -negativeErrno;
        Errno errno = Arrays.stream(Errno.values()).filter(e -> e.number() == number).findFirst().orElse(Errno.EIO);
        return new ErrnoException(errno, call + " failed with errno " + number);
    }

    private static IllegalStateException impossible(Throwable e) {
        return new IllegalStateException("a system call threw", e);
    }

    static int socket(MemorySegment state, int domain, int type) {
        try {
            return result(state, (int) SOCKET.invokeExact(state, domain, type, 0));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int bind(MemorySegment state, int fd, MemorySegment address, int bytes) {
        try {
            return result(state, (int) BIND.invokeExact(state, fd, address, bytes));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int listen(MemorySegment state, int fd, int backlog) {
        try {
            return result(state, (int) LISTEN.invokeExact(state, fd, backlog));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int accept(MemorySegment state, int fd, int flags) {
        try {
            return result(state,
                    (int) ACCEPT.invokeExact(state, fd, MemorySegment.NULL, MemorySegment.NULL, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int shutdown(MemorySegment state, int fd, int how) {
        try {
            return result(state, (int) SHUTDOWN.invokeExact(state, fd, how));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int poll(MemorySegment state, MemorySegment descriptors, int count, int milliseconds) {
        try {
            return result(state, (int) POLL.invokeExact(state, descriptors, (long) count, milliseconds));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int close(MemorySegment state, int fd) {
        try {
            return result(state, (int) CLOSE.invokeExact(state, fd));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fstat(MemorySegment state, int fd, MemorySegment answer) {
        try {
            return result(state, (int) FSTAT.invokeExact(state, fd, answer));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fstatfs(MemorySegment state, int fd, MemorySegment answer) {
        try {
            return result(state, (int) FSTATFS.invokeExact(state, fd, answer));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fcntl(MemorySegment state, int fd, int command, int argument) {
        try {
            return result(state, (int) FCNTL.invokeExact(state, fd, command, argument));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long recvmsg(MemorySegment state, int fd, MemorySegment message, int flags) {
        try {
            return result(state, (long) RECVMSG.invokeExact(state, fd, message, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long sendmsg(MemorySegment state, int fd, MemorySegment message, int flags) {
        try {
            return result(state, (long) SENDMSG.invokeExact(state, fd, message, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** From where the file is, into one {@code struct iovec}. */
    static long preadv2(MemorySegment state, int fd, MemorySegment vector, int flags) {
        try {
            return result(state, (long) PREADV2.invokeExact(state, fd, vector, 1, -1L, flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(MemorySegment state, int fd, MemorySegment data) {
        try {
            return result(state, (long) WRITE.invokeExact(state, fd, data, data.byteSize()));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long readlink(MemorySegment state, MemorySegment path, MemorySegment answer) {
        try {
            return result(state, (long) READLINK.invokeExact(state, path, answer, answer.byteSize()));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Returns the address. */
    static long mmap(MemorySegment state, long bytes, int protection, int flags, int fd, long offset) {
        try {
            return result(state, (long) MMAP.invokeExact(state, 0L, bytes, protection, flags, fd, offset));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int munmap(MemorySegment state, long address, long bytes) {
        try {
            return result(state, (int) MUNMAP.invokeExact(state, address, bytes));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
