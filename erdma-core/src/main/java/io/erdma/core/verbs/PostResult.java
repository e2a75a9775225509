package io.erdma.core.verbs;

import io.erdma.core.errno.Errno;

/**
 * What a post method returns: a number, so that nothing is allocated. The low half is how many requests of the chain were taken, which is also the index of
 * the first that was not; the high half is the errno, 0 when all were taken.
 */
public final class PostResult {
    private PostResult() {}

    /** All {@code taken} requests were posted. */
    public static long ok(int taken) {
        return taken;
    }

    /** The request of index {@code taken} was refused; those before it were posted. */
    public static long refused(Errno errno, int taken) {
        return (long) errno.number() << 32 | taken;
    }

    /** Whether every request was taken. */
    public static boolean isOk(long result) {
        return result >>> 32 == 0;
    }

    /** How many requests were taken. */
    public static int taken(long result) {
        return (int) result;
    }

    /** Number of the errno, 0 if all were taken. */
    public static int errno(long result) {
        return (int) (result >>> 32);
    }
}
