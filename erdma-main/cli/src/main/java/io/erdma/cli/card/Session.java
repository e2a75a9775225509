package io.erdma.cli.card;

import io.erdma.core.link.Link;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import io.erdma.verbs.ErdmaDevice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A new card, a host on each of its vports, and a link {@code erdma0} on each host that has a function. */
public final class Session implements AutoCloseable {
    /** Name of the link on every host. */
    public static final String LINK = "erdma0";

    private final Moc card;
    private final Map<String, Host> hosts = new LinkedHashMap<>();

    private Session(Moc card) {
        this.card = card;
    }

    /** Makes the card and loads the driver on its hosts, without links. */
    public static Session probed(CardSpec spec) {
        Session session = new Session(Moc.of(spec));
        try {
            session.card.vports().forEach(vport -> session.hosts.put(vport.name(), Host.on(vport)));
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** The same with links. */
    public static Session linked(CardSpec spec) {
        Session session = probed(spec);
        try {
            session.card.vports().forEach(session::link);
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** Makes the link of a host; no effect on one without a function. */
    public void link(Vport vport) {
        Host host = host(vport.name());
        if (!host.driver().adapters().isEmpty()) {
            Link _ = host.links().newlink("erdma", LINK, vport.spec().netdev());
        }
    }

    /** The card. */
    public Moc card() {
        return card;
    }

    /** A host by its vport's name. */
    public Host host(String vport) {
        return Objects.requireNonNull(hosts.get(vport));
    }

    /** The device of a host. */
    public ErdmaDevice device(String vport) {
        return host(vport).device(LINK).orElseThrow();
    }

    /** All hosts, in the order of the card's vports. */
    public Map<String, Host> hosts() {
        return hosts;
    }

    /** What vports and card still hold after {@link #close}; empty when all was given back. */
    public List<String> leaks() {
        return Stream.concat(
                card.vports().stream().map(vport -> leak(vport.name(), vport.ledger().outstanding())),
                Stream.of(leak("card", card.ledger().outstanding())))
                .filter(text -> !text.isEmpty())
                .toList();
    }

    private static String leak(String who, Map<?, Long> held) {
        return held.isEmpty() ? "" : who + " holds " + held;
    }

    @Override
    public void close() {
        hosts.values().forEach(Host::close);
        card.close();
    }
}
