package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.CqeOpcode;
import io.erdma.hw.SqOpcode;
import io.erdma.model.device.TestQp.Piece;
import org.junit.jupiter.api.Test;

class FirstSendTest {
    @Test
    void send_placesBytes_andCompletesOnBothSides() {
        try (TestCard card = new TestCard()) {
            TestHost alice = card.host();
            TestHost bob = card.host();
            TestCq aliceCq = alice.cq(4);
            TestCq bobCq = bob.cq(4);
            TestQp out = alice.qp(aliceCq);
            TestQp in = bob.qp(bobCq);
            TestHost.join(out, in);
            TestMr source = alice.mr(100).fill(3);
            TestMr target = bob.mr(200);

            in.receive(Piece.of(target, 0, 200));
            out.send(TestQp.SIGNALED, Piece.of(source, 0, 100)).ring();

            assertThat(target.copy(0, 100)).isEqualTo(source.copy(0, 100));
            assertThat(aliceCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(SqOpcode.SEND);
                assertThat(done.syndrome()).isZero();
                assertThat(done.qpn()).isEqualTo(out.qpn);
                assertThat(done.bytes()).isEqualTo(100);
            });
            assertThat(bobCq.poll()).satisfies(done -> {
                assertThat(done.opcode()).isEqualTo(CqeOpcode.RECV);
                assertThat(done.syndrome()).isZero();
                assertThat(done.bytes()).isEqualTo(100);
            });
            assertThat(aliceCq.poll()).isNull();
            assertThat(bobCq.poll()).isNull();
        }
    }
}
