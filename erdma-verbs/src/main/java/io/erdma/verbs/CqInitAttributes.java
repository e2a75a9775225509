package io.erdma.verbs;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a CQ is made with (libibverbs: {@code ibv_create_cq}).
 *
 * @param entries how many completions it must hold; the depth is the next power of two
 * @param completionVector which completion EQ it reports to, from 0
 * @param singleThreaded one thread at a time polls and arms, by the caller's promise: no locks
 * @param channel where its completion events go, beside the handler
 * @param completionHandler hears of its completion events, in the interrupt handler: it must not block, and may call verbs
 * @param context the caller's own object, handed back by {@link CompletionQueue#context()}
 * @param eventHandler hears of the CQ's asynchronous events; it may call verbs
 */
public record CqInitAttributes(
        int entries,
        int completionVector,
        boolean singleThreaded,
        Optional<CompletionChannel> channel,
        Consumer<CompletionQueue> completionHandler,
        Optional<Object> context,
        Consumer<AsyncEvent> eventHandler) {
    /** A CQ on vector 0 that tells nobody. */
    public static Builder of(int entries) {
        return new Builder(entries);
    }

    /** Puts attributes together. */
    public static final class Builder {
        private final int entries;
        private int completionVector;
        private boolean singleThreaded;
        private Optional<CompletionChannel> channel = Optional.empty();
        private Consumer<CompletionQueue> completionHandler = _ -> {};
        private Optional<Object> context = Optional.empty();
        private Consumer<AsyncEvent> eventHandler = _ -> {};

        private Builder(int entries) {
            this.entries = entries;
        }

        /** Which completion EQ it reports to, from 0. */
        public Builder completionVector(int vector) {
            completionVector = vector;
            return this;
        }

        /** One thread at a time polls and arms. */
        public Builder singleThreaded() {
            singleThreaded = true;
            return this;
        }

        /** Where its completion events go. */
        public Builder channel(CompletionChannel events) {
            channel = Optional.of(events);
            return this;
        }

        /** Hears of its completion events. */
        public Builder completionHandler(Consumer<CompletionQueue> handler) {
            completionHandler = handler;
            return this;
        }

        /** The caller's own object. */
        public Builder context(Object own) {
            context = Optional.of(own);
            return this;
        }

        /** Hears of the CQ's asynchronous events. */
        public Builder eventHandler(Consumer<AsyncEvent> handler) {
            eventHandler = handler;
            return this;
        }

        /** The attributes. */
        public CqInitAttributes build() {
            return new CqInitAttributes(
                    entries, completionVector, singleThreaded, channel, completionHandler, context, eventHandler);
        }
    }
}
