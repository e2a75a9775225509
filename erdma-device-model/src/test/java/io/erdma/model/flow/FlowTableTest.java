package io.erdma.model.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import io.erdma.core.testing.ManualClock;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.spec.MeterSpec;
import io.erdma.model.spec.Traffic;
import io.erdma.model.spec.VportSpec;
import org.junit.jupiter.api.Test;

class FlowTableTest {
    private final FlowTable table = new FlowTable(new ManualClock());
    private final FlowPort alice = table.addPort(port("alice", "blue", "02:00:00:00:00:01", "10.0.0.1", "10.0.0.11"));
    private final FlowPort bob = table.addPort(port("bob", "blue", "02:00:00:00:00:02", "10.0.0.2"));
    private final FlowPort mallory = table.addPort(port("mallory", "red", "02:00:00:00:00:02", "10.0.0.2"));

    private static VportSpec port(String name, String vpc, String mac, String... addresses) {
        return VportSpec.builder(name, vpc, mac, addresses).build();
    }

    private static int ip(String address) {
        return Ipv4.bits(Ipv4.parse(address));
    }

    private FlowVerdict check(FlowPort sender, String source, String destination) {
        return table.check(sender, sender.mac(), Traffic.RDMA, ip(source), 4000, ip(destination), 7174);
    }

    private static void assertDropped(FlowVerdict verdict, DropReason reason, FlowPort counted) {
        long before = counted.drops(reason);
        verdict.countDrop();
        assertThat(verdict.permitted()).isFalse();
        assertThat(verdict.reason()).contains(reason);
        assertThat(verdict.peer()).isEmpty();
        assertThat(counted.drops(reason)).isEqualTo(before + 1);
    }

    @Test
    void check_withinAVpc_permits_andNamesThePeer() {
        FlowVerdict verdict = check(alice, "10.0.0.11", "10.0.0.2");

        verdict.countDrop();

        assertThat(verdict.permitted()).isTrue();
        assertThat(verdict.peer()).contains(bob);
        assertThat(verdict.reason()).isEmpty();
        for (DropReason reason : DropReason.values()) {
            assertThat(alice.drops(reason)).isZero();
        }
    }

    @Test
    void check_toItself_permits() {
        assertThat(check(alice, "10.0.0.1", "10.0.0.11").peer()).contains(alice);
    }

    @Test
    void check_withAnotherMac_drops() {
        FlowVerdict verdict = table.check(alice, MacAddress.parse("02:00:00:00:00:02"), Traffic.RDMA, ip("10.0.0.1"), 1,
                ip("10.0.0.2"), 2);

        assertDropped(verdict, DropReason.SPOOFED_MAC, alice);
    }

    @Test
    void check_withAnotherSource_drops() {
        assertDropped(check(alice, "10.0.0.2", "10.0.0.1"), DropReason.SPOOFED_ADDRESS, alice);
    }

    @Test
    void check_toAnAddressOfAnotherVpc_findsNoPeer_orTheOneOfTheOwnVpc() {
        assertDropped(check(mallory, "10.0.0.2", "10.0.0.1"), DropReason.NO_PEER, mallory);
        assertThat(check(alice, "10.0.0.1", "10.0.0.2").peer()).contains(bob);
    }

    @Test
    void aPortThatIsOff_dropsBothWays() {
        bob.setOn(false);

        assertDropped(check(alice, "10.0.0.1", "10.0.0.2"), DropReason.PORT_OFF, alice);
        assertDropped(check(bob, "10.0.0.2", "10.0.0.1"), DropReason.PORT_OFF, bob);
    }

    @Test
    void aPermittingRule_liftsNoIsolation() {
        table.add(FlowRule.permit().at(1000));

        assertDropped(check(mallory, "10.0.0.2", "10.0.0.1"), DropReason.NO_PEER, mallory);
        assertDropped(check(alice, "10.0.0.2", "10.0.0.1"), DropReason.SPOOFED_ADDRESS, alice);
    }

    @Test
    void theHighestPriorityDecides_andAmongEqualsTheFirst() {
        FlowEntry deny = table.add(FlowRule.deny());
        assertDropped(check(alice, "10.0.0.1", "10.0.0.2"), DropReason.DENIED, alice);
        FlowEntry late = table.add(FlowRule.permit());
        assertDropped(check(alice, "10.0.0.1", "10.0.0.2"), DropReason.DENIED, alice);

        FlowEntry high = table.add(FlowRule.permit().at(1));

        assertThat(check(alice, "10.0.0.1", "10.0.0.2").permitted()).isTrue();
        assertThat(deny.hits()).isEqualTo(2);
        assertThat(late.hits()).isZero();
        assertThat(high.hits()).isEqualTo(2); // forth and back
        assertThat(table.entries()).containsExactly(high, deny, late);
    }

    @Test
    void aDeniedAnswer_dropsTheConnection_andIsCountedAtThePeer() {
        table.add(FlowRule.deny().from("10.0.0.2").to("10.0.0.1").ports(4000, 4000));

        assertDropped(check(alice, "10.0.0.1", "10.0.0.2"), DropReason.DENIED, bob);
        assertThat(alice.drops(DropReason.DENIED)).isZero();
    }

    @Test
    void aRule_matchesOnlyWhatItSays() {
        table.add(FlowRule.deny().in("red"));
        table.add(FlowRule.deny().of(Traffic.STREAM));
        table.add(FlowRule.deny().from("10.0.0.11"));
        table.add(FlowRule.deny().to("10.0.0.3"));
        table.add(FlowRule.deny().ports(7175, 65535));
        table.add(FlowRule.deny().ports(4001, 7173));

        assertThat(check(alice, "10.0.0.1", "10.0.0.2").permitted()).isTrue();
        assertThat(check(alice, "10.0.0.11", "10.0.0.2").permitted()).isFalse();
    }

    @Test
    void everyChange_makesVerdictsStale() {
        FlowVerdict first = check(alice, "10.0.0.1", "10.0.0.2");
        assertThat(first.isCurrent()).isTrue();

        FlowEntry entry = table.add(FlowRule.deny());
        assertThat(first.isCurrent()).isFalse();
        FlowVerdict second = check(alice, "10.0.0.1", "10.0.0.2");
        entry.remove();
        assertThat(second.isCurrent()).isFalse();
        FlowVerdict third = check(alice, "10.0.0.1", "10.0.0.2");
        entry.remove();
        assertThat(third.isCurrent()).isTrue();
        bob.setOn(false);
        assertThat(third.isCurrent()).isFalse();
        FlowVerdict fourth = check(alice, "10.0.0.1", "10.0.0.2");
        bob.removeAddress(Ipv4.parse("10.0.0.2"));
        assertThat(fourth.isCurrent()).isFalse();
        FlowVerdict fifth = check(alice, "10.0.0.1", "10.0.0.2");
        alice.addAddress(Ipv4.parse("10.0.0.2"));
        assertThat(fifth.isCurrent()).isFalse();
    }

    @Test
    void addAddress_ofAnotherInTheVpc_isEexist_andOneOfNoHostEinval() {
        assertThatThrownBy(() -> alice.addAddress(Ipv4.parse("10.0.0.2"))).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        assertThatThrownBy(() -> alice.addAddress(Ipv4.parse("224.0.0.1"))).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        assertThat(alice.addresses()).hasSize(2);
    }

    @Test
    void addresses_moveBetweenPorts() {
        alice.removeAddress(Ipv4.parse("10.0.0.11"));
        bob.addAddress(Ipv4.parse("10.0.0.11"));
        alice.removeAddress(Ipv4.parse("10.0.0.11"));

        assertThat(table.ownerOf("blue", Ipv4.parse("10.0.0.11"))).contains(bob);
        assertThat(check(bob, "10.0.0.11", "10.0.0.1").permitted()).isTrue();
        assertThat(check(alice, "10.0.0.11", "10.0.0.2").reason()).contains(DropReason.SPOOFED_ADDRESS);
    }

    @Test
    void admit_countsAtTheEndWhoseMeterRefuses() {
        bob.receive().setLimits(new MeterSpec(8, 0));
        assertThat(FlowTable.admit(alice, bob, 1, 1)).isTrue();
        assertThat(FlowTable.admit(alice, bob, 1, 1)).isFalse();
        alice.transmit().setLimits(new MeterSpec(8, 1));
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isTrue();
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isFalse();
        alice.transmit().setLimits(new MeterSpec(8, 0));
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isTrue();
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isFalse();
        mallory.receive().setLimits(new MeterSpec(0, 1));
        alice.transmit().setLimits(MeterSpec.UNLIMITED);
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isTrue();
        assertThat(FlowTable.admit(alice, mallory, 1, 1)).isFalse();

        assertThat(bob.drops(DropReason.RECEIVE_BITS)).isEqualTo(1);
        assertThat(alice.drops(DropReason.TRANSMIT_PACKETS)).isEqualTo(1);
        assertThat(alice.drops(DropReason.TRANSMIT_BITS)).isEqualTo(1);
        assertThat(mallory.drops(DropReason.RECEIVE_PACKETS)).isEqualTo(1);
    }
}
