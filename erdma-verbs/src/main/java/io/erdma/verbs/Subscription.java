package io.erdma.verbs;

/** Somebody who hears of events, until it is closed. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
    /** Ends it; an event that is being delivered may still arrive. Idempotent. */
    @Override
    void close();
}
