package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;

/** Two connected ends, on the hosts alice and bob. */
public record Pair(End left, End right, Link link) {
    private static final int LENGTH = 64;
    private static final long FAILING = 42;

    /** Fills the first bytes of both ends, with different ones. */
    public Pair filled(int bytes) {
        left.memory.fill(0, bytes, 1);
        right.memory.fill(0, bytes, 2);
        return this;
    }

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
     * Posts a request at the left end that fails there: its completion says so, no memory changes, the QP ends, and the peer's QP hears of nothing but that its
     * connection goes, once the program lets go.
     */
    public void assertFailsLocally(SendRequest request, WcStatus status) {
        byte[] before = right.memory.bytes();
        assertFails(request, status);
        left.assertEnded();
        assertThat(right.qp.events()).isEmpty();
        assertThat(right.qp.state()).isEqualTo(QpState.RTS);
        right.assertNothingCompleted();
        letGo();
        assertThat(right.memory.bytes()).isEqualTo(before);
    }

    /** Posts a request at the left end that the peer refuses: its completion says so, no memory changes, and both QPs end. */
    public void assertRefusedByPeer(SendRequest request, WcStatus status) {
        byte[] before = right.memory.bytes();
        assertFails(request, status);
        assertEnded();
        assertThat(right.memory.bytes()).isEqualTo(before);
    }

    private void assertFails(SendRequest request, WcStatus status) {
        byte[] before = left.memory.bytes();
        request.wrId = FAILING;
        left.post(request);
        assertThat(left.await(status).wrId).isEqualTo(FAILING);
        assertThat(left.memory.bytes()).isEqualTo(before);
    }

    /**
     * The device has ended both QPs, and one program that lets go takes the connection from the other. To be called when every request of the test has
     * completed.
     */
    public void assertEnded() {
        left.assertEnded();
        right.assertEnded();
        letGo();
    }

    private void letGo() {
        left.qp.modify(QpState.ERR);
        assertThat(left.qp.state()).isEqualTo(QpState.ERR);
        right.awaitLeavingRts();
    }
}
