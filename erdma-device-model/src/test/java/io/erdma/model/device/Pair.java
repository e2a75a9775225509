package io.erdma.model.device;

import io.erdma.core.fault.FaultPlan;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.FunctionSpec;
import java.util.Optional;

/** Two hosts with a QP each, joined, and a region of 1 MiB each with all rights. */
final class Pair implements AutoCloseable {
    static final long BYTES = 1 << 20;

    final FaultPlan faults = new FaultPlan();
    final TestCard card;
    final TestHost alice;
    final TestHost bob;
    final TestCq aliceCq;
    final TestCq bobCq;
    final TestQp out;
    final TestQp in;
    final TestMr source;
    final TestMr target;

    Pair() {
        this(FunctionSpec.defaults());
    }

    Pair(FunctionSpec spec) {
        this(new TestCard(), spec);
    }

    Pair(TestCard card, FunctionSpec spec) {
        this.card = card;
        alice = card.host(spec, Optional.of(faults));
        bob = card.host(spec, Optional.of(faults));
        aliceCq = alice.cq(6);
        bobCq = bob.cq(6);
        out = alice.qp(aliceCq);
        in = bob.qp(bobCq);
        TestHost.join(out, in);
        source = alice.mr(BYTES).fill(1);
        target = bob.mr(BYTES);
    }

    /** Bytes of the source. */
    Piece from(long offset, long bytes) {
        return Piece.of(source, offset, bytes);
    }

    /** Bytes of the target. */
    Piece to(long offset, long bytes) {
        return Piece.of(target, offset, bytes);
    }

    @Override
    public void close() {
        card.close();
    }
}
