package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Registers;
import io.erdma.hw.Syndrome;
import io.erdma.model.device.TestQp.Piece;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message that a meter drops is tried again, counted at the function whose meter it was, and given up in the end. */
class MeterEffectTest {
    private final TestCard card = new TestCard();
    private final TestHost alice = card.host();
    private final TestHost bob = card.host();
    private final TestCq aliceCq = alice.cq(4);
    private final TestQp out = alice.qp(aliceCq);
    private final TestQp in = bob.qp(bob.cq(4));
    private final TestMr source = alice.mr(100).fill(3);
    private final TestMr target = bob.mr(100).fill(5);

    MeterEffectTest() {
        TestHost.join(out, in);
    }

    @AfterEach
    void close() {
        card.close();
    }

    private void write() {
        out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 100)).ring();
    }

    @Test
    void aWriteOverThePeersLimit_isDroppedThere_andComesThroughLater() {
        card.policy.receivedVerdict = FlowPolicy.OVER_BITS;

        write();

        assertThat(aliceCq.poll()).isNull();
        assertThat(target.copy(0, 100)).isNotEqualTo(source.copy(0, 100));
        assertThat(bob.read32(Registers.STATS_RX_BPS_METER_DROP)).isEqualTo(1);
        assertThat(alice.read32(Registers.STATS_TX_BPS_METER_DROP)).isZero();
        card.policy.receivedVerdict = FlowPolicy.PASSED;
        card.clock.advance(Duration.ofSeconds(1));
        assertThat(aliceCq.poll()).satisfies(done -> assertThat(done.syndrome()).isZero());
        assertThat(target.copy(0, 100)).isEqualTo(source.copy(0, 100));
    }

    @Test
    void packetsOverTheLimit_areCountedAsSuch() {
        card.policy.receivedVerdict = FlowPolicy.OVER_PACKETS;
        write();
        assertThat(bob.read32(Registers.STATS_RX_PPS_METER_DROP)).isEqualTo(1);

        card.policy.verdict = FlowPolicy.OVER_PACKETS;
        card.clock.advance(Duration.ofSeconds(1));

        assertThat(alice.read32(Registers.STATS_TX_PPS_METER_DROP)).isEqualTo(1);
    }

    @Test
    void aReadsAnswer_goesThroughThePeersTransmitMeter() {
        card.policy.longest = 50;

        out.read(TestQp.SIGNALED, Piece.of(source, 0, 100), target.stag(), target.va()).ring();

        assertThat(aliceCq.poll()).isNull();
        assertThat(bob.read32(Registers.STATS_TX_BPS_METER_DROP)).isEqualTo(1);
        assertThat(alice.read32(Registers.STATS_TX_BPS_METER_DROP)).isZero();
        card.policy.longest = 100;
        card.clock.advance(Duration.ofSeconds(1));
        assertThat(aliceCq.poll()).satisfies(done -> assertThat(done.syndrome()).isZero());
        assertThat(source.copy(0, 100)).isEqualTo(target.copy(0, 100));
    }

    @Test
    void aMessageThatIsDroppedForTooLong_isRetriesExceeded() {
        card.policy.receivedVerdict = FlowPolicy.OVER_BITS;

        write();
        card.clock.advance(Duration.ofSeconds(11));

        assertThat(aliceCq.poll()).satisfies(done -> assertThat(done.syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED));
    }
}
