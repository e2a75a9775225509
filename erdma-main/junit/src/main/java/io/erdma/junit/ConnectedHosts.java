package io.erdma.junit;

import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.link.Link;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.spec.CardSpec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * A card with two hosts, {@code alice} (10.0.0.1) and {@code bob} (10.0.0.2), each with the link {@code erdma0} on {@code eth0}, and a connection between
 * them. Thread-safe. The extension closes it after the test.
 */
public final class ConnectedHosts implements AutoCloseable {
    /** The link's name on both hosts. */
    public static final String LINK = "erdma0";

    private static final String BOB = "10.0.0.2";
    private static final int PORT = 7174;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Moc card;
    private final Host alice;
    private final Host bob;
    private final RdmaConnection out;
    private final RdmaConnection in;

    private ConnectedHosts(CardSpec spec) {
        try {
            card = opened(Moc.of(spec));
            alice = host("alice");
            bob = host("bob");
            try (RdmaListener door = bob.cm().listen(BOB, PORT)) {
                out = opened(alice.cm().connect(BOB, PORT));
                in = opened(door.accept(PATIENCE));
            }
        } catch (RuntimeException e) {
            closeAll();
            throw e;
        }
    }

    /**
     * Makes them.
     *
     * @param engineThreads 0: inline; else how many engine threads the card has
     * @param strict one arena a DMA object
     * @throws io.erdma.core.errno.ErrnoException EINVAL for engine threads below 0 or over 64; ENOMEM
     */
    public static ConnectedHosts on(int engineThreads, boolean strict) {
        return new ConnectedHosts(
                CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).strict(strict).build());
    }

    private Host host(String vport) {
        Host host = opened(Host.on(card.vport(vport)));
        Link _ = host.links().newlink("erdma", LINK, "eth0");
        return host;
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.addFirst(resource);
        return resource;
    }

    /** The card; it has one more vport, {@code mallory}, in another virtual network, without a host. */
    public Moc card() {
        return card;
    }

    /** The host that connected. */
    public Host alice() {
        return alice;
    }

    /** The host that accepted. */
    public Host bob() {
        return bob;
    }

    /** alice's end of the connection. */
    public RdmaConnection out() {
        return out;
    }

    /** bob's end of the connection. */
    public RdmaConnection in() {
        return in;
    }

    /**
     * Closes connection, hosts and card. Idempotent.
     *
     * @throws AssertionError if something is left: memory, mappings, vectors, timers, threads, streams
     */
    @Override
    public void close() {
        closeAll();
        List<String> leaks = new ArrayList<>();
        card.vports().forEach(vport -> report(leaks, vport.name(), vport.ledger()));
        report(leaks, "the card", card.ledger());
        if (!leaks.isEmpty()) {
            throw new AssertionError("left behind: " + leaks);
        }
    }

    private static void report(List<String> leaks, String who, LeakLedger ledger) {
        Map<?, Long> held = ledger.outstanding();
        if (!held.isEmpty()) {
            leaks.add(who + " holds " + held);
        }
    }

    private void closeAll() {
        while (!open.isEmpty()) {
            try {
                open.removeFirst().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
