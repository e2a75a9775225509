package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.Syndrome;
import io.erdma.model.GuestFunction;
import io.erdma.model.Moc;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowEntry;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.MeterSpec;
import io.erdma.model.spec.VportSpec;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RDMA between vports of a whole card: who reaches whom, and what others see of it. */
class CardRdmaTest {
    private final ManualClock clock = new ManualClock();
    private final ManualWorkQueue timers = new ManualWorkQueue(clock);
    private final Moc card = Moc.builder(CardSpec.builder()
            .vport(port("alice", "blue", "02:00:00:00:00:01", "10.0.0.1"))
            .vport(port("bob", "blue", "02:00:00:00:00:02", "10.0.0.2"))
            .vport(port("eve", "red", "02:00:00:00:00:01", "10.0.0.1"))
            .vport(port("mallory", "red", "02:00:00:00:00:02", "10.0.0.2")).build()).timers(timers).build();
    private final TestHost alice = new TestHost(card.vport("alice"));
    private final TestHost bob = new TestHost(card.vport("bob"));
    private final TestHost eve = new TestHost(card.vport("eve"));
    private final TestHost mallory = new TestHost(card.vport("mallory"));

    private static VportSpec port(String name, String vpc, String mac, String address) {
        return VportSpec.builder(name, vpc, mac, address).functions().build();
    }

    @AfterEach
    void nothingIsLeft() {
        alice.close();
        bob.close();
        eve.close();
        mallory.close();
        card.close();
        assertThat(timers.delayed()).isZero();
        assertThat(card.ledger().outstanding()).isEmpty();
    }

    private static TestQp qp(TestHost host) {
        return host.qp(host.cq(4));
    }

    /** Sends a byte, and says whether it has arrived. */
    private static boolean arrives(TestQp out, TestQp in, int value) {
        TestMr target = in.host.mr(16);
        in.receive(Piece.of(target, 0, 16));
        out.sendInline(TestQp.SIGNALED, (byte) value).ring();
        var done = in.receiveCq.poll();
        return done != null && done.opcode() == CqeOpcode.RECV && done.syndrome() == 0 && target.copy(0, 1)[0] == value;
    }

    @Test
    void twoVpcsWithTheSameAddressesAndPorts_neverMeet() {
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestQp otherOut = qp(eve);
        TestQp otherIn = qp(mallory);
        TestMr target = bob.mr(16);
        FourTuple flow = new FourTuple(alice.ip, 5000, bob.ip, 7174);
        in.receive(Piece.of(target, 0, 16));

        alice.connect(out, flow);
        mallory.connect(otherIn, flow.mirrored());
        out.sendInline(TestQp.SIGNALED, (byte) 1).ring();
        assertThat(out.sendCq.poll()).as("waits for bob, who is not there yet").isNull();
        eve.connect(otherOut, flow);
        bob.connect(in, flow.mirrored());

        assertThat(in.receiveCq.poll().syndrome()).isZero();
        assertThat(target.copy(0, 1)).containsExactly(1);
        assertThat(otherIn.receiveCq.poll()).isNull();
        assertThat(arrives(otherOut, otherIn, 2)).isTrue();
    }

    @Test
    void aLieAboutTheSource_reachesNobody_andIsSeenByNobodyElse() {
        TestQp liar = qp(bob);
        TestQp victim = qp(alice);
        FourTuple lie = new FourTuple(alice.ip, 5000, alice.ip, 7174);

        assertThat(bob.connect(liar, lie)).isZero();
        assertThat(alice.connect(victim, lie.mirrored())).isZero();

        assertThat(arrives(liar, victim, 1)).isFalse();
        assertThat(card.vport("bob").flow().drops(DropReason.SPOOFED_ADDRESS)).isPositive();
        clock.advance(Duration.ofSeconds(30));
        assertThat(liar.sendCq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
        for (DropReason reason : DropReason.values()) {
            assertThat(card.vport("alice").flow().drops(reason)).isZero();
        }
    }

    @Test
    void aRuleAddedLater_stopsTheConnection_andItsRemovalLetsItGoOn() {
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestHost.join(out, in);
        assertThat(arrives(out, in, 1)).isTrue();
        out.sendCq.poll();

        FlowEntry entry = card.flows().add(FlowRule.deny().in("blue").to("10.0.0.2"));
        assertThat(arrives(out, in, 2)).isFalse();
        assertThat(entry.hits()).isPositive();
        entry.remove();
        clock.advance(Duration.ofSeconds(1));

        assertThat(in.receiveCq.poll().syndrome()).isZero();
        assertThat(out.sendCq.poll().syndrome()).isZero();
    }

    @Test
    void aRuleThatStays_endsInRetriesExceeded() {
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestHost.join(out, in);
        card.flows().add(FlowRule.deny());

        assertThat(arrives(out, in, 1)).isFalse();
        clock.advance(Duration.ofSeconds(11));

        assertThat(out.sendCq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
    }

    @Test
    void aRuleOfOneVpc_leavesTheOtherAlone() {
        card.flows().add(FlowRule.deny().in("red"));
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestHost.join(out, in);

        assertThat(arrives(out, in, 1)).isTrue();
    }

    @Test
    void theReceiversMeter_slowsTheSenderDown() {
        card.vport("bob").flow().receive().setLimits(new MeterSpec(0, 1));
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestHost.join(out, in);

        assertThat(arrives(out, in, 1)).isTrue();
        assertThat(arrives(out, in, 2)).isFalse();
        assertThat(card.vport("bob").flow().drops(DropReason.RECEIVE_PACKETS)).isPositive();
        clock.advance(Duration.ofSeconds(2));

        assertThat(in.receiveCq.poll().syndrome()).isZero();
    }

    @Test
    void loopbackWithinAVport_passesTheRules() {
        TestQp out = qp(alice);
        TestQp in = qp(alice);
        TestHost.join(out, in);

        assertThat(arrives(out, in, 1)).isTrue();
    }

    @Test
    void twoFunctionsOfAVport_reachEachOther() {
        TestHost second = new TestHost(card.vport("alice"));
        TestQp out = qp(alice);
        TestQp in = qp(second);
        TestHost.join(out, in);

        assertThat(arrives(out, in, 1)).isTrue();
        second.close();
    }

    @Test
    void aKilledVport_isALostPeer_andOthersGoOn() {
        TestQp out = qp(alice);
        TestQp in = qp(bob);
        TestHost.join(out, in);
        TestQp otherOut = qp(eve);
        TestQp otherIn = qp(mallory);
        TestHost.join(otherOut, otherIn);

        card.vport("bob").kill();
        out.sendInline(TestQp.SIGNALED, (byte) 1).ring();
        clock.advance(Duration.ofSeconds(11));

        assertThat(out.sendCq.poll().syndrome()).isEqualTo(Syndrome.RETRY_EXCEEDED);
        assertThat(arrives(otherOut, otherIn, 2)).isTrue();
    }

    @Test
    void aGuestFunction_isGoneWithItsVport_andAfterItsClose() {
        GuestFunction one = card.vport("alice").addGuestFunction(FunctionSpec.defaults(), vector -> {});
        GuestFunction other = card.vport("bob").addGuestFunction(FunctionSpec.defaults(), vector -> {});
        assertThat(card.vport("alice").functions()).isEmpty();
        assertThat(one.present()).isTrue();

        one.close();
        one.close();
        card.vport("bob").kill();

        assertThat(one.present()).isFalse();
        assertThat(other.present()).isFalse();
    }
}
