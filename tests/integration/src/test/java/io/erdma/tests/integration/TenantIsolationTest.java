package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowEntry;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.MeterSpec;
import io.erdma.model.spec.VportSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tenants that share a card and nothing else, and the flow rules between those that share a network (device-behaviour §1). */
class TenantIsolationTest {
    private static final FunctionSpec IMPATIENT = FunctionSpec.builder().peerWait(Duration.ofMillis(20)).build();

    private static final InetSocketAddress DOOR = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 7174);
    private static final Duration LONG = Duration.ofMinutes(2);

    private static VportSpec.Builder vport(String name, String vpc, int mac, String address) {
        return VportSpec.builder(name, vpc, "02:00:00:00:00:%02x".formatted(mac), address).functions(IMPATIENT);
    }

    /** Two networks with the same two addresses each. */
    private static CardSpec twins(Mode mode) {
        return mode.builder()
                .vport(vport("blue1", "blue", 1, "10.0.0.1").build())
                .vport(vport("blue2", "blue", 2, "10.0.0.2").build())
                .vport(vport("red1", "red", 3, "10.0.0.1").build())
                .vport(vport("red2", "red", 4, "10.0.0.2").build())
                .build();
    }

    private static CardSpec three(Mode mode) {
        return mode.builder()
                .vport(vport("alice", "blue", 1, "10.0.0.1").build())
                .vport(vport("bob", "blue", 2, "10.0.0.2").build())
                .vport(vport("carol", "blue", 3, "10.0.0.3").build())
                .build();
    }

    /** A WRITE of 8 bytes to the beginning of a side's memory, signalled. */
    private static SendRequest write(Side from, Side to) {
        SendRequest request = new SendRequest().addSge(from.address(0), 8, from.mr.lkey());
        request.opcode = WrOpcode.RDMA_WRITE;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = to.address(0);
        request.remoteKey = to.mr.rkey();
        return request;
    }

    @ParameterizedTest
    @EnumSource
    void sameAddressesAndPortsInTwoNetworks_neverMeet(Mode mode) {
        try (Tenants tenants = Tenants.on(twins(mode));
                Side blue1 = Side.of(tenants.device("blue1"));
                Side blue2 = Side.of(tenants.device("blue2"));
                Side red1 = Side.of(tenants.device("red1"));
                Side red2 = Side.of(tenants.device("red2"))) {
            // crossed: were there one network only, the first of red would find the first of blue
            Pair.move(blue1, Pair.address(blue1), 700, Pair.address(blue2), 701, blue2.qp.cookie());
            Pair.move(red1, Pair.address(red1), 700, Pair.address(red2), 701, red2.qp.cookie());
            Pair.move(red2, Pair.address(red2), 701, Pair.address(red1), 700, red1.qp.cookie());
            Pair.move(blue2, Pair.address(blue2), 701, Pair.address(blue1), 700, blue1.qp.cookie());
            blue1.putLong(0, 0xB1);
            red1.putLong(0, 0xED);
            // the keys are the same numbers in both networks: each host counts from 1
            blue1.post(write(blue1, blue2));
            red1.post(write(red1, red2));
            blue1.awaitOk();
            red1.awaitOk();
            assertThat(blue2.getLong(0)).isEqualTo(0xB1);
            assertThat(red2.getLong(0)).isEqualTo(0xED);
            new Pair(blue1, blue2).assertWorks();
            new Pair(red1, red2).assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void sameAddressesAndPorts_connectWithinTheirNetworkOnly(Mode mode) {
        try (Tenants tenants = Tenants.on(twins(mode));
                RdmaListener blueDoor = tenants.host("blue2").cm().listen(DOOR, saying(0xB2));
                RdmaListener redDoor = tenants.host("red2").cm().listen(DOOR, saying(0xE2));
                RdmaConnection red = tenants.host("red1").cm().connect(DOOR, saying(0xE1));
                RdmaConnection blue = tenants.host("blue1").cm().connect(DOOR, saying(0xB1));
                RdmaConnection blueIn = blueDoor.accept(LONG);
                RdmaConnection redIn = redDoor.accept(LONG)) {
            assertThat(blue.privateData()).containsExactly(0xB2);
            assertThat(red.privateData()).containsExactly(0xE2);
            assertThat(blueIn.privateData()).containsExactly(0xB1);
            assertThat(redIn.privateData()).containsExactly(0xE1);
        }
    }

    private static ConnectionOptions saying(int octet) {
        return ConnectionOptions.builder().privateData((byte) octet).build();
    }

    @ParameterizedTest
    @EnumSource
    void addressOfAnotherNetwork_isUnreachable_andNobodyThereNotices(Mode mode) {
        CardSpec spec = mode.builder()
                .vport(vport("alice", "blue", 1, "10.0.0.1").build())
                .vport(vport("mallory", "red", 2, "10.0.0.2").build())
                .build();
        try (Tenants tenants = Tenants.on(spec); Pair pair = tenants.pair("alice", "mallory")) {
            pair.right().receiveEmpty(1);
            pair.left().post(write(pair.left(), pair.right()));

            pair.left().await(WcStatus.RETRY_EXC_ERR);
            assertThat(pair.right().nothingCompleted()).isTrue();
            assertThat(pair.right().events).isEmpty();
            assertThat(pair.right().getLong(0)).isZero();
            assertThat(tenants.card().vport("alice").flow().drops(DropReason.NO_PEER)).isPositive();
            assertThat(tenants.card().vport("mallory").flow().drops(DropReason.DENIED)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void lyingAboutTheOwnAddress_bindsNothingButTheLiar(Mode mode) {
        try (Tenants tenants = Tenants.on(three(mode));
                Pair honest = tenants.pair("alice", "bob");
                Side liar = Side.of(tenants.device("carol"));
                Side victim = Side.of(tenants.device("bob"))) {
            // the victim waits for alice on these ports; carol claims to be her
            Pair.move(victim, Pair.address(victim), 901, Pair.address(honest.left()), 900, 0);
            Pair.move(liar, Pair.address(honest.left()), 900, Pair.address(victim), 901, victim.qp.cookie());
            liar.putLong(0, -1);
            victim.receive(5, 0, 8);
            liar.post(write(liar, victim));

            liar.await(WcStatus.RETRY_EXC_ERR);
            assertThat(victim.getLong(0)).isZero();
            assertThat(victim.nothingCompleted()).isTrue();
            assertThat(tenants.card().vport("carol").flow().drops(DropReason.SPOOFED_ADDRESS)).isPositive();
            honest.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void denyRule_stopsATransferUnderWay_andCounts_andNobodyElseNotices(Mode mode) {
        try (Tenants tenants = Tenants.on(three(mode));
                Pair denied = tenants.pair("alice", "bob");
                Pair other = tenants.pair("alice", "carol")) {
            denied.assertWorks();
            FlowEntry rule = tenants.card().flows().add(FlowRule.deny().from("10.0.0.1").to("10.0.0.2"));
            denied.right().receiveEmpty(1);

            denied.left().post(write(denied.left(), denied.right()));

            denied.left().await(WcStatus.RETRY_EXC_ERR);
            assertThat(rule.hits()).isPositive();
            assertThat(tenants.card().vport("alice").flow().drops(DropReason.DENIED)).isPositive();
            assertThat(denied.right().events).isEmpty();
            assertThat(denied.right().nothingCompleted()).isTrue();
            other.assertWorks();
            rule.remove();
            try (Pair again = tenants.pair("alice", "bob")) {
                again.assertWorks();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void ruleThatIsLiftedInTime_costsNothingButTime(Mode mode) {
        CardSpec spec = mode.with(FunctionSpec.builder().peerWait(Duration.ofHours(1)).build());
        try (Tenants tenants = Tenants.on(spec); Pair pair = tenants.pair()) {
            FlowEntry rule = tenants.card().flows().add(FlowRule.deny());
            pair.left().putLong(0, 99);
            pair.left().post(write(pair.left(), pair.right()));
            Await.until("the rule drops the message", () -> rule.hits() > 0);
            assertThat(pair.left().nothingCompleted()).isTrue();
            rule.remove();
            // whatever is posted next wakes the queue; so would the retry timer
            pair.left().post(write(pair.left(), pair.right()));
            pair.left().awaitOk();
            pair.left().awaitOk();
            assertThat(pair.right().getLong(0)).isEqualTo(99);
        }
    }

    @ParameterizedTest
    @EnumSource
    void peerThatNeverComes_isLost(Mode mode) {
        try (Tenants tenants = Tenants.on(three(mode)); Side side = Side.of(tenants.device("alice"))) {
            Pair.move(side, Pair.address(side), 800, Pair.address(side) + 1, 801, 0);
            side.post(new SendRequest());
            side.await(WcStatus.RETRY_EXC_ERR);
        }
    }

    @ParameterizedTest
    @EnumSource
    void meter_dropsWhatIsTooMuch_counts_andSpeaksOfNobodyElse(Mode mode) {
        CardSpec spec = mode.builder()
                .vport(vport("alice", "blue", 1, "10.0.0.1").transmit(new MeterSpec(0, 1)).build())
                .vport(vport("bob", "blue", 2, "10.0.0.2").build())
                .vport(vport("carol", "blue", 3, "10.0.0.3").build())
                .build();
        try (Tenants tenants = Tenants.on(spec);
                Pair slow = tenants.pair("alice", "bob");
                Pair other = tenants.pair("carol", "bob")) {
            SendRequest first = write(slow.left(), slow.right());
            slow.left().post(first);
            slow.left().post(first);
            slow.left().awaitOk();
            slow.left().await(WcStatus.RETRY_EXC_ERR);
            assertThat(tenants.card().vport("alice").flow().drops(DropReason.TRANSMIT_PACKETS)).isPositive();
            assertThat(tenants.device("alice").stats(1).get(StatCounter.TX_PPS_LIMIT_DROPS)).isPositive();
            other.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void killedVport_isLostToItsPeers_andOthersGoOn_andItComesBack(Mode mode) {
        try (Tenants tenants = Tenants.on(three(mode)); Pair other = tenants.pair("alice", "carol")) {
            try (Pair pair = tenants.pair("alice", "bob")) {
                pair.assertWorks();
                tenants.card().vport("bob").kill();
                pair.left().post(write(pair.left(), pair.right()));
                pair.left().await(WcStatus.RETRY_EXC_ERR);
                other.assertWorks();
            }
            Await.until("bob's link is gone", () -> tenants.host("bob").links().links().isEmpty());
            tenants.card().vport("bob").restore();
            tenants.host("bob").driver().probe(tenants.host("bob").machine().functions().getFirst());
            tenants.host("bob").links().newlink("erdma", "erdma0", "eth0");
            try (Pair pair = tenants.pair("alice", "bob")) {
                pair.assertWorks();
            }
        }
    }
}
