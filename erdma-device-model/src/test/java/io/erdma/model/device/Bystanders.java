package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.device.TestQp.Piece;
import java.lang.foreign.ValueLayout;

/** Two hosts that have nothing to do with it all; their traffic must go on. */
final class Bystanders {
    final TestHost alice;
    final TestHost bob;
    private final TestQp out;
    private final TestQp in;
    private final TestMr source;
    private final TestMr target;
    private int count;

    Bystanders(TestCard card) {
        alice = card.host();
        bob = card.host();
        out = alice.qp(alice.cq(4));
        in = bob.qp(bob.cq(4));
        TestHost.join(out, in);
        source = alice.mr(4096).fill(1);
        target = bob.mr(4096);
    }

    /** One message, which must arrive whole. */
    void exchange() {
        source.memory().set(ValueLayout.JAVA_INT, 0, ++count);
        in.receive(Piece.of(target, 0, 4096));
        out.send(TestQp.SIGNALED, Piece.of(source, 0, 4096)).ring();
        assertThat(out.sendCq.await().syndrome()).isZero();
        assertThat(in.receiveCq.await().syndrome()).isZero();
        assertThat(target.memory().mismatch(source.memory())).isEqualTo(-1);
        assertThat(alice.errorEvents.takeError()).isNull();
        assertThat(bob.errorEvents.takeError()).isNull();
    }

    /** How many messages there were. */
    int count() {
        return count;
    }

    /** Whether nothing was written outside their memory. */
    boolean areUntouched() {
        return alice.memory.isGuardIntact() && bob.memory.isGuardIntact();
    }
}
