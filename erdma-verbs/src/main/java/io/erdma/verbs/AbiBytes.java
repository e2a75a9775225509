package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The way of an ABI struct over the border (kernel: {@code ib_copy_from_udata}, {@code ib_copy_to_udata}). A request is copied first, so that the program can't
 * change it after it was checked; a response is tried before anything is done for it.
 */
final class AbiBytes {
    /** More behind a struct than this is not looked through. */
    private static final int MOST_BYTES = 4096;

    private AbiBytes() {}

    /**
     * A copy of a request.
     *
     * @param bytes size of the struct
     * @param reserved from which byte on it must be 0, with all that the program has put behind it
     * @throws ErrnoException EINVAL: shorter than the struct, longer than 4096, or reserved bytes that are not 0; EFAULT: it can't be read
     */
    static MemorySegment request(MemorySegment user, int bytes, int reserved) {
        checkSize(user, bytes, "request");
        int given = (int) user.byteSize();
        MemorySegment copy = zeroed(given);
        try {
            copy.copyFrom(user);
        } catch (IllegalStateException | WrongThreadException e) {
            throw new ErrnoException(Errno.EFAULT, "a request that cannot be read", e);
        }
        for (int at = reserved; at < given; at++) {
            if (copy.get(ValueLayout.JAVA_BYTE, at) != 0) {
                throw new ErrnoException(Errno.EINVAL, "byte " + at + " of the request is reserved, and not 0");
            }
        }
        return copy;
    }

    /**
     * Whether a response can be written.
     *
     * @throws ErrnoException EINVAL: shorter than the struct, or longer than 4096; EFAULT: it can't be written
     */
    static void checkResponse(MemorySegment user, int bytes) {
        checkSize(user, bytes, "response");
        if (user.isReadOnly() || !user.scope().isAlive() || !user.isAccessibleBy(Thread.currentThread())) {
            throw new ErrnoException(Errno.EFAULT, "a response that cannot be written");
        }
    }

    private static void checkSize(MemorySegment user, int bytes, String what) {
        if (user.byteSize() < bytes || user.byteSize() > MOST_BYTES) {
            throw new ErrnoException(Errno.EINVAL,
                    "a %s of %d bytes; %d…%d are expected".formatted(what, user.byteSize(), bytes, MOST_BYTES));
        }
    }

    /** A struct to be filled in, all 0, aligned for every field. */
    static MemorySegment zeroed(int bytes) {
        return MemorySegment.ofArray(new long[(bytes + Long.BYTES - 1) / Long.BYTES]).asSlice(0, bytes);
    }

    /** Writes a response that was checked. EFAULT: it can't be written any more. */
    static void respond(MemorySegment user, MemorySegment response) {
        try {
            MemorySegment.copy(response, 0, user, 0, response.byteSize());
        } catch (IllegalStateException | WrongThreadException e) {
            throw new ErrnoException(Errno.EFAULT, "a response that cannot be written", e);
        }
    }
}
