package io.erdma.core.verbs;

/** Bits of {@link SendRequest#flags} (libibverbs: {@code IBV_SEND_*}). */
public final class SendFlag {
    /** Wait for earlier READs and atomics. */
    public static final int FENCE = 1;
    /** Write a completion. */
    public static final int SIGNALED = 1 << 1;
    /** Raise an event at a receiver that armed for solicited completions. */
    public static final int SOLICITED = 1 << 2;
    /** Take the data at post time. */
    public static final int INLINE = 1 << 3;

    private SendFlag() {}
}
