package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;
import java.util.Optional;

/** What a QP is made with, for either API. */
public record QpSpec(Optional<VerbsCq> sendCq, Optional<VerbsCq> receiveCq, QpCapabilities sizes, QpType type,
        boolean signalAll, boolean singleThreaded) {
    /** 16 requests a queue, and as many elements and inline bytes as there can be. */
    public static final QpCapabilities SIZES = new QpCapabilities(16, 16, 6, 1, 96);

    /** RC of {@link #SIZES}, one CQ for both queues. */
    public static QpSpec of(VerbsCq cq) {
        return new QpSpec(Optional.of(cq), Optional.of(cq), SIZES, QpType.RC, false, false);
    }

    /** The same with these CQs. */
    public QpSpec withCqs(Optional<VerbsCq> send, Optional<VerbsCq> receive) {
        return new QpSpec(send, receive, sizes, type, signalAll, singleThreaded);
    }

    /** The same of these sizes. */
    public QpSpec withSizes(QpCapabilities other) {
        return new QpSpec(sendCq, receiveCq, other, type, signalAll, singleThreaded);
    }

    /** The same of this type. */
    public QpSpec withType(QpType other) {
        return new QpSpec(sendCq, receiveCq, sizes, other, signalAll, singleThreaded);
    }

    /** The same with a completion for every request. */
    public QpSpec signallingAll() {
        return new QpSpec(sendCq, receiveCq, sizes, type, true, singleThreaded);
    }

    /** The same for one thread. */
    public QpSpec forOneThread() {
        return new QpSpec(sendCq, receiveCq, sizes, type, signalAll, true);
    }
}
