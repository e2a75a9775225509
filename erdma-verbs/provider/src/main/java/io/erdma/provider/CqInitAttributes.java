package io.erdma.provider;

import java.util.Optional;

/**
 * What a CQ is made with (libibverbs: {@code ibv_create_cq}).
 *
 * @param entries how many completions it must hold; it gets at least 64, and a power of two
 * @param completionVector which completion EQ it reports to, from 0
 * @param singleThreaded one thread at a time polls and arms, by the caller's promise: no locks
 * @param channel where its completion events go
 * @param attachment the caller's own object, handed back by {@link CompletionQueue#attachment()}
 */
public record CqInitAttributes(int entries, int completionVector, boolean singleThreaded,
        Optional<CompletionChannel> channel, Optional<Object> attachment) {
    /** A CQ on vector 0 without a channel. */
    public static Builder of(int entries) {
        return new Builder(entries);
    }

    /** Puts attributes together. */
    public static final class Builder {
        private final int entries;
        private int completionVector;
        private boolean singleThreaded;
        private Optional<CompletionChannel> channel = Optional.empty();
        private Optional<Object> attachment = Optional.empty();

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

        /** The caller's own object. */
        public Builder attachment(Object own) {
            attachment = Optional.of(own);
            return this;
        }

        /** The attributes. */
        public CqInitAttributes build() {
            return new CqInitAttributes(entries, completionVector, singleThreaded, channel, attachment);
        }
    }
}
