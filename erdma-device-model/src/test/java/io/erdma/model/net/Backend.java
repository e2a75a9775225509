package io.erdma.model.net;

import io.erdma.core.host.Machine;
import io.erdma.core.testing.FakeNetwork;
import java.time.Duration;
import java.util.function.Supplier;

/** The two networks that keep the contract of streams: the card's, and the test kit's. Each has alice at 10.0.0.1 and bob at 10.0.0.2. */
enum Backend {
    CARD(Backend::card), TEST_KIT(Backend::testKit);

    private final Supplier<Hosts> maker;

    Backend(Supplier<Hosts> maker) {
        this.maker = maker;
    }

    Hosts open() {
        return maker.get();
    }

    /**
     * @param settle lets everything happen that is going to
     * @param settleLater lets everything happen that takes a second
     */
    record Hosts(Machine alice, Machine bob, Runnable settle, Runnable settleLater, Runnable close) {}

    private static Hosts card() {
        Link link = new Link();
        return new Hosts(link.alice, link.bob, () -> {}, () -> link.clock.advance(Duration.ofSeconds(1)), link::close);
    }

    private static Hosts testKit() {
        FakeNetwork network = new FakeNetwork();
        var alice = network.machine("alice");
        var bob = network.machine("bob");
        alice.addNetdev("eth0", "02:00:00:00:00:01", "10.0.0.1");
        bob.addNetdev("eth0", "02:00:00:00:00:02", "10.0.0.2");
        return new Hosts(alice, bob, network::deliverAll, network::deliverAll, () -> {});
    }
}
