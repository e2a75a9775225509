package io.erdma.model.vfio;

/**
 * For how long a client may still keep engines waiting, beyond what its answers may take. Waiting uses it up; answers, and time that passes, bring it back. So a client
 * that stops now and then is served on, and one that is slow all the time, and makes others wait who want their memory back, is not. Times in nanoseconds. One thread
 * at a time.
 */
final class Credit {
    /** What an answer may take, and each byte of it or of its request: 64 MiB/s. */
    private static final long NANOS_PER_ANSWER = 2_000_000;
    private static final long NANOS_PER_BYTE = 16;
    /** The part of the time that passes which is regained. */
    private static final int REGAINED = 10;

    private final long most;
    private long left;
    private long changed;

    /** @param most that it can be, as it is at first */
    Credit(long most, long now) {
        this.most = most;
        this.left = most;
        this.changed = now;
    }

    /** What a transfer may take without using any up. */
    static long allowance(long bytes) {
        return NANOS_PER_ANSWER + bytes * NANOS_PER_BYTE;
    }

    /** For how long an answer of so many bytes may be waited for now. */
    long patience(long now, long bytes) {
        regain(now);
        return left + allowance(bytes);
    }

    /** An answer of so many bytes has come, after so long. */
    void answered(long now, long waited, long bytes) {
        regain(now);
        left = Math.min(most, left + allowance(bytes) - waited);
    }

    private void regain(long now) {
        left = Math.min(most, left + (now - changed) / REGAINED);
        changed = now;
    }
}
