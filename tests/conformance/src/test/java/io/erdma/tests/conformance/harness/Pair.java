package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.QpState;

/** Two connected ends, on the hosts alice and bob. */
public record Pair(End left, End right, Link link) {
    private static final int LENGTH = 64;

    /** A message either way arrives whole, at the end of the memory. */
    public void assertWorks() {
        assertCarries(left, right, 1);
        assertCarries(right, left, 2);
    }

    private static void assertCarries(End from, End to, int seed) {
        long source = from.memory.segment().byteSize() - LENGTH;
        long target = to.memory.segment().byteSize() - 2 * LENGTH;
        from.memory.fill(source, LENGTH, seed);
        to.postReceive(seed, target, LENGTH);
        from.post(from.send(source, LENGTH));
        from.awaitOk();
        assertThat(to.awaitOk().wrId).isEqualTo(seed);
        assertThat(to.memory.bytes(target, LENGTH)).isEqualTo(from.memory.bytes(source, LENGTH));
    }

    /**
     * The device has ended both QPs, and one program that lets go takes the connection from the other. To be called when every request of the test has
     * completed.
     */
    public void assertEnded() {
        left.assertEnded();
        right.assertEnded();
        left.qp.modify(QpState.ERR);
        assertThat(left.qp.state()).isEqualTo(QpState.ERR);
        right.awaitLeavingRts();
    }
}
