package io.erdma.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.testing.ManualClock;
import io.erdma.model.device.FlowPolicy;
import io.erdma.model.device.FourTuple;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.MeterSpec;
import io.erdma.model.spec.Traffic;
import io.erdma.model.spec.VportSpec;
import org.junit.jupiter.api.Test;

class VportPolicyTest {
    private final FlowTable table = new FlowTable(new ManualClock());
    private final FlowPort alice = table
            .addPort(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").build());
    private final FlowPort bob = table
            .addPort(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").build());
    private final FlowPolicy policy = new VportPolicy(table, alice);

    private static final FourTuple TO_BOB = new FourTuple(0x0A000001, 4000, 0x0A000002, 7174);

    @Test
    void allows_whatTheRulesPermit() {
        assertThat(policy.allows(TO_BOB)).isTrue();
        assertThat(policy.allows(new FourTuple(0x0A000001, 1, 0x0A000001, 2))).isTrue();
    }

    @Test
    void allows_notALieInModifyQp_andCountsIt() {
        assertThat(policy.allows(TO_BOB.mirrored())).isFalse();
        assertThat(policy.allows(new FourTuple(0x0A000001, 1, 0x0A000003, 2))).isFalse();

        assertThat(alice.drops(DropReason.SPOOFED_ADDRESS)).isEqualTo(1);
        assertThat(alice.drops(DropReason.NO_PEER)).isEqualTo(1);
        assertThat(bob.drops(DropReason.SPOOFED_ADDRESS)).isZero();
    }

    @Test
    void generation_changesWithTheRules_andRulesOfStreamsAreNone() {
        long before = policy.generation();
        table.add(FlowRule.deny().of(Traffic.STREAM));
        assertThat(policy.generation()).isNotEqualTo(before);
        assertThat(policy.allows(TO_BOB)).isTrue();

        table.add(FlowRule.deny().of(Traffic.RDMA));

        assertThat(policy.allows(TO_BOB)).isFalse();
        assertThat(alice.drops(DropReason.DENIED)).isEqualTo(1);
    }

    @Test
    void admit_asksTheMeterOfItsDirection_andCounts() {
        alice.transmit().setLimits(new MeterSpec(8, 0));
        alice.receive().setLimits(new MeterSpec(0, 1));

        assertThat(policy.admit(1, 1)).isEqualTo(FlowPolicy.PASSED);
        assertThat(policy.admit(1, 1)).isEqualTo(FlowPolicy.OVER_BITS);
        assertThat(policy.admitReceived(1, 1)).isEqualTo(FlowPolicy.PASSED);
        assertThat(policy.admitReceived(1, 1)).isEqualTo(FlowPolicy.OVER_PACKETS);
        alice.transmit().setLimits(new MeterSpec(0, 1));
        alice.receive().setLimits(new MeterSpec(8, 0));
        assertThat(policy.admit(1, 1)).isEqualTo(FlowPolicy.PASSED);
        assertThat(policy.admit(1, 1)).isEqualTo(FlowPolicy.OVER_PACKETS);
        assertThat(policy.admitReceived(1, 1)).isEqualTo(FlowPolicy.PASSED);
        assertThat(policy.admitReceived(1, 1)).isEqualTo(FlowPolicy.OVER_BITS);

        for (DropReason reason : new DropReason[]{ DropReason.TRANSMIT_BITS, DropReason.TRANSMIT_PACKETS,
            DropReason.RECEIVE_BITS, DropReason.RECEIVE_PACKETS }) {
            assertThat(alice.drops(reason)).isEqualTo(1);
        }
    }
}
