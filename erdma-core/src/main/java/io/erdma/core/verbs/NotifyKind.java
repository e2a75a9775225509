package io.erdma.core.verbs;

/** What a CQ is armed for (libibverbs: {@code solicited_only}). */
public enum NotifyKind {
    /** The next completion. */
    NEXT_COMPLETION,
    /** The next completion that is solicited or in error. */
    SOLICITED
}
