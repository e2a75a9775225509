package io.erdma.provider;

import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;
import java.util.Optional;

/**
 * What a QP is made with (libibverbs: {@code ibv_qp_init_attr}).
 *
 * @param sendCq where send completions go
 * @param receiveCq where receive completions go; it may be the same
 * @param capabilities sizes
 * @param type transport service
 * @param signalAll every send request completes with a completion
 * @param singleThreaded one thread at a time posts to each queue, by the caller's promise: no locks
 * @param attachment the caller's own object, handed back by {@link QueuePair#attachment()}
 */
public record QpInitAttributes(Optional<CompletionQueue> sendCq, Optional<CompletionQueue> receiveCq,
        QpCapabilities capabilities, QpType type, boolean signalAll, boolean singleThreaded,
        Optional<Object> attachment) {
    private static final QpCapabilities SMALL = new QpCapabilities(16, 16, 1, 1, 0);

    /** An RC QP with one CQ for both queues. */
    public static Builder of(CompletionQueue cq) {
        return builder().sendCq(cq).receiveCq(cq);
    }

    /** RC, 16 requests a queue, one element each, nothing signalled by itself, no CQ yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** Puts attributes together. */
    public static final class Builder {
        private Optional<CompletionQueue> sendCq = Optional.empty();
        private Optional<CompletionQueue> receiveCq = Optional.empty();
        private QpCapabilities capabilities = SMALL;
        private QpType type = QpType.RC;
        private boolean signalAll;
        private boolean singleThreaded;
        private Optional<Object> attachment = Optional.empty();

        private Builder() {}

        /** Where send completions go. */
        public Builder sendCq(CompletionQueue cq) {
            sendCq = Optional.of(cq);
            return this;
        }

        /** Where receive completions go. */
        public Builder receiveCq(CompletionQueue cq) {
            receiveCq = Optional.of(cq);
            return this;
        }

        /** Sizes. */
        public Builder capabilities(QpCapabilities sizes) {
            capabilities = sizes;
            return this;
        }

        /** Transport service. */
        public Builder type(QpType service) {
            type = service;
            return this;
        }

        /** Every send request completes with a completion. */
        public Builder signalAll() {
            signalAll = true;
            return this;
        }

        /** One thread at a time posts to each queue. */
        public Builder singleThreaded() {
            singleThreaded = true;
            return this;
        }

        /** The caller's own object. */
        public Builder attachment(Object own) {
            attachment = Optional.of(own);
            return this;
        }

        /** The attributes. */
        public QpInitAttributes build() {
            return new QpInitAttributes(sendCq, receiveCq, capabilities, type, signalAll, singleThreaded, attachment);
        }
    }
}
