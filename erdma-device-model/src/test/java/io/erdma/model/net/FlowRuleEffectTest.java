package io.erdma.model.net;

import static io.erdma.model.net.Link.at;
import static io.erdma.model.net.Link.read;
import static io.erdma.model.net.Link.readCount;
import static io.erdma.model.net.Link.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowEntry;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.spec.MeterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What streams make of the card's flow rules: packets are lost, and TCP tries again. */
class FlowRuleEffectTest {
    private final Link link = new Link();
    private final Recorder heard = new Recorder();

    @AfterEach
    void nothingIsLeft() {
        link.close();
    }

    private Stream connected() {
        link.listen(link.bob, "10.0.0.2", 7174);
        return link.connect(link.alice, "10.0.0.2", 7174, heard);
    }

    @Test
    void aDeniedConnection_isDroppedAndCounted_andComesThroughOnceTheRuleIsGone() {
        FlowEntry entry = link.card.flows().add(FlowRule.deny().in("blue").to("10.0.0.2").ports(7174, 7174));

        connected();
        assertThat(heard.heard).isEmpty();
        assertThat(entry.hits()).isEqualTo(1);
        assertThat(link.alice.flow().drops(DropReason.DENIED)).isEqualTo(1);
        entry.remove();
        link.clock.advance(Duration.ofSeconds(1));

        assertThat(heard.heard).containsExactly("connected");
    }

    @Test
    void aDenialOfTheWayBack_stopsTheConnectionToo_andIsCountedAtThePeer() {
        link.card.flows().add(FlowRule.deny().from("10.0.0.2").to("10.0.0.1"));

        connected();

        assertThat(heard.heard).isEmpty();
        assertThat(link.bob.flow().drops(DropReason.DENIED)).isEqualTo(1);
        assertThat(link.alice.flow().drops(DropReason.DENIED)).isZero();
    }

    @Test
    void bytesOfAConnectionThatIsDeniedLater_waitForTheRuleToGo() {
        Stream active = connected();
        FlowEntry entry = link.card.flows().add(FlowRule.deny());

        write(active, "late");
        active.close();
        assertThat(read(link.passive())).isEmpty();
        entry.remove();
        link.clock.advance(Duration.ofSeconds(1));

        assertThat(read(link.passive())).isEqualTo("late");
        assertThat(readCount(link.passive())).isEqualTo(-1);
        assertThat(link.timers.delayed()).isZero();
    }

    @Test
    void aConnectionThatStaysDenied_isGivenUp() {
        Stream active = connected();
        heard.heard.clear();
        link.card.flows().add(FlowRule.deny());

        write(active, "never");
        link.clock.advance(Duration.ofMinutes(5));

        assertThat(heard.heard).endsWith("peerClosed");
        assertThat(readCount(active)).isEqualTo(-1);
        assertThat(read(link.passive())).isEmpty();
        assertThat(link.timers.delayed()).isZero();
    }

    @Test
    void aHostThatLiesAboutItsAddress_reachesNobody_andOthersSeeNothing() {
        Netdev eth0 = link.alice.netdevs().byName("eth0").orElseThrow();
        eth0.addInetAddress(Ipv4.parse("10.0.0.50"));
        link.listen(link.bob, "10.0.0.2", 7174);

        link.alice.streams().connect(Optional.of(at("10.0.0.50", 0)), at("10.0.0.2", 7174), heard);

        assertThat(heard.heard).isEmpty();
        assertThat(link.accepted).isEmpty();
        assertThat(link.alice.flow().drops(DropReason.SPOOFED_ADDRESS)).isEqualTo(1);
        for (DropReason reason : DropReason.values()) {
            assertThat(link.bob.flow().drops(reason)).isZero();
        }
    }

    @Test
    void aHostThatLiesAboutItsMac_isHeardByNobody() {
        Stream active = connected();
        Netdev eth0 = link.alice.netdevs().byName("eth0").orElseThrow();
        eth0.setAddress(MacAddress.parse("02:00:00:00:00:02"));

        write(active, "x");
        write(link.passive(), "y");

        assertThat(read(link.passive())).isEmpty();
        assertThat(read(active)).isEmpty();
        assertThat(link.alice.flow().drops(DropReason.SPOOFED_MAC)).isEqualTo(2);
    }

    @Test
    void aHostThatTakesAnothersAddress_doesNotGetItsConnections() {
        Netdev eth0 = link.bob.netdevs().byName("eth0").orElseThrow();
        eth0.addInetAddress(Ipv4.parse("10.0.0.11")); // alice's
        link.listen(link.bob, "0.0.0.0", 7174);

        link.connect(link.alice, "10.0.0.11", 7174, heard);

        assertThat(heard.heard).containsExactly("failed ECONNREFUSED"); // by alice herself
        assertThat(link.accepted).isEmpty();
    }

    @Test
    void bytesOverTheLimit_areDroppedCountedAndSentAgain() {
        Stream active = connected();
        link.alice.flow().transmit().setLimits(new MeterSpec(8000, 0)); // 1000 bytes a second

        write(active, "a".repeat(500)); // overdraws the bucket
        write(active, "b".repeat(500));
        assertThat(read(link.passive())).hasSize(500);
        assertThat(link.alice.flow().drops(DropReason.TRANSMIT_BITS)).isEqualTo(1);
        link.clock.advance(Duration.ofSeconds(1));

        assertThat(read(link.passive())).isEqualTo("b".repeat(500));
    }

    @Test
    void packetsOverTheReceiversLimit_areCountedThere() {
        Stream active = connected();
        link.bob.flow().receive().setLimits(new MeterSpec(0, 1));

        write(active, "a");
        write(active, "b");

        assertThat(read(link.passive())).isEqualTo("a");
        assertThat(link.bob.flow().drops(DropReason.RECEIVE_PACKETS)).isEqualTo(1);
    }

    @Test
    void aKilledVport_breaksItsStreams_andOnlyThese() {
        link.listen(link.alice, "10.0.0.1", 1000);
        Stream own = link.connect(link.alice, "10.0.0.1", 1000, new Recorder());
        Stream active = connected();
        Recorder passiveHeard = new Recorder();
        link.passive().observe(passiveHeard);
        write(active, "last words");

        link.bob.kill();

        assertThat(heard.heard).endsWith("peerClosed");
        assertThat(passiveHeard.heard).endsWith("peerClosed");
        assertThat(link.bob.netdevs().all()).noneMatch(Netdev::running);
        assertThat(link.bob.isAlive()).isFalse();
        assertThat(write(own, "x")).isEqualTo(1);
    }

    @Test
    void aRestoredVport_canBeReachedAgain() {
        connected();
        link.bob.kill();
        Recorder again = new Recorder();
        link.connect(link.alice, "10.0.0.2", 7174, again);
        assertThat(link.alice.flow().drops(DropReason.PORT_OFF)).isEqualTo(1);

        link.bob.restore();
        link.listen(link.bob, "10.0.0.2", 7174);
        link.clock.advance(Duration.ofSeconds(1));

        assertThat(again.heard).containsExactly("connected");
    }

    @Test
    void threadedExecution_tellsObserversOnTheCardsThread() throws InterruptedException {
        var card = io.erdma.model.Moc
                .of(io.erdma.model.spec.CardSpec.twoTenants().toBuilder().engineThreads(1).build());
        var told = new java.util.concurrent.LinkedBlockingQueue<Thread>();
        card.vport("bob").streams().listen(at("10.0.0.2", 7174), Optional.empty(), 1,
                s -> told.add(Thread.currentThread()));

        card.vport("alice").streams().connect(Optional.empty(), at("10.0.0.2", 7174), heard);

        assertThat(told.take().getName()).isEqualTo("moc-streams");
        card.close();
        assertThat(List.of(card.ledger().outstanding(), card.vport("alice").ledger().outstanding(),
                card.vport("bob").ledger().outstanding())).allMatch(java.util.Map::isEmpty);
    }
}
