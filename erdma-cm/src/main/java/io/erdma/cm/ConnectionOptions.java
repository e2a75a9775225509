package io.erdma.cm;

import io.erdma.core.verbs.QpCapabilities;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.ProtectionDomain;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a connection is made by {@link ConnectionManager#connect} and {@link ConnectionManager#listen}. Values are checked where they are used.
 *
 * @param capabilities sizes of the QP; without a CQ of one's own the CQ holds all its requests
 * @param pd a PD to use, or empty to make one
 * @param cq a CQ to use for both queues, or empty to make one
 * @param signalAll every send request completes with a completion
 * @param singleThreaded one thread at a time uses each queue, by the caller's promise
 * @param param private data, READs and atomics in flight; its QPN is not used
 * @param timeout how long {@link ConnectionManager#connect} waits; the protocol itself takes at most 20 s
 * @param backlog connections that may wait for {@link RdmaListener#accept}, and requests that may be under way
 * @param preparation gets each connection when its objects exist and before the peer hears of it, to post receives for one; what it throws ends the
 *     connection. On a listener it runs in the work queue, so it must not wait for the connection manager
 */
public record ConnectionOptions(QpCapabilities capabilities, Optional<ProtectionDomain> pd,
        Optional<CompletionQueue> cq,
        boolean signalAll, boolean singleThreaded, RdmaConnParam param, Duration timeout, int backlog,
        Consumer<RdmaConnection> preparation) {
    /** PD and CQ of its own, 128 requests a queue, 16 READs in flight either way, 30 seconds, 128 waiting connections. */
    public static final ConnectionOptions DEFAULT = builder().build();

    /** The defaults, to be changed. */
    public static Builder builder() { return new Builder(); }

    /** Puts options together. */
    public static final class Builder {
        private QpCapabilities capabilities = new QpCapabilities(128, 128, 6, 1, 96);
        private Optional<ProtectionDomain> pd = Optional.empty();
        private Optional<CompletionQueue> cq = Optional.empty();
        private boolean signalAll;
        private boolean singleThreaded;
        private RdmaConnParam param = RdmaConnParam.qp(0).withResponderResources(16).withInitiatorDepth(16);
        private Duration timeout = Duration.ofSeconds(30);
        private int backlog = 128;
        private Consumer<RdmaConnection> preparation = _ -> {};

        private Builder() {}

        /** Sizes of the QP. */
        public Builder capabilities(QpCapabilities sizes) {
            capabilities = sizes;
            return this;
        }

        /** A PD to share; it is not closed with the connection. */
        public Builder pd(ProtectionDomain shared) {
            pd = Optional.of(shared);
            return this;
        }

        /** A CQ to share; it is not closed with the connection. */
        public Builder cq(CompletionQueue shared) {
            cq = Optional.of(shared);
            return this;
        }

        /** Every send request completes with a completion. */
        public Builder signalAll() {
            signalAll = true;
            return this;
        }

        /** One thread at a time uses each queue. */
        public Builder singleThreaded() {
            singleThreaded = true;
            return this;
        }

        /** READs and atomics in flight towards here, and from here. */
        public Builder depths(int responderResources, int initiatorDepth) {
            param = param.withResponderResources(responderResources).withInitiatorDepth(initiatorDepth);
            return this;
        }

        /** What the peer gets along with the request or the reply, at most 255 bytes. */
        public Builder privateData(byte... data) {
            param = param.withPrivateData(data);
            return this;
        }

        /** How long to wait for a connection. */
        public Builder timeout(Duration longest) {
            timeout = longest;
            return this;
        }

        /** How many connections may wait. */
        public Builder backlog(int connections) {
            backlog = connections;
            return this;
        }

        /** What to do before the peer hears of the connection. */
        public Builder preparation(Consumer<RdmaConnection> action) {
            preparation = action;
            return this;
        }

        /** The options. */
        public ConnectionOptions build() {
            return new ConnectionOptions(capabilities, pd, cq, signalAll, singleThreaded, param, timeout, backlog,
                    preparation);
        }
    }
}
