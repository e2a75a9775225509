package io.erdma.model.vfio;

/**
 * For how long clients of a function may still keep engines waiting, beyond what their answers may take. Waiting uses it up, whatever comes of it; time that
 * passes brings a part of it back. So a client that stops now and then is served on, and one that is slow all the time, and makes others wait who want their memory back, is not.
 * Time in which several wait counts once. Times in nanoseconds. One thread at a time.
 */
final class Credit {
    /** What an answer may take, and each byte of it or of its request: 64 MiB/s. */
    private static final long NANOS_PER_ANSWER = 1_000_000;
    private static final long NANOS_PER_BYTE = 16;
    /** The part of the time that passes which is regained. */
    private static final int REGAINED = 10;
    /** The part of the most that a new client has at least. */
    private static final int FRESH = 20;

    private final long most;
    private long left;
    /** When {@link #left} was brought up to date. */
    private long changed;
    /** Up to when waiting was counted. */
    private long counted;

    /** @param most that it can be, as it is at first */
    Credit(long most, long now) {
        this.most = most;
        this.left = most;
        this.changed = now;
        this.counted = now;
    }

    /** What an answer of so many bytes may take without using any up. */
    static long answer(long bytes) {
        return NANOS_PER_ANSWER + transfer(bytes);
    }

    /** The same of one more message of an access that could have gone in one. */
    static long transfer(long bytes) {
        return bytes * NANOS_PER_BYTE;
    }

    /** Another client has come. */
    void renew(long now) {
        regain(now);
        left = Math.max(left, most / FRESH);
    }

    /** For how long an answer may be waited for now that may take so long without using any up. */
    long patience(long now, long free) {
        regain(now);
        return left + free;
    }

    /** Such an answer was waited for, since then. One that was faster brings nothing back. */
    void waited(long since, long now, long free) {
        regain(now);
        long from = since - counted > 0 ? since : counted;
        left -= Math.max(0, now - from - free);
        counted = now;
    }

    private void regain(long now) {
        left = Math.min(most, left + (now - changed) / REGAINED);
        changed = now;
    }
}
