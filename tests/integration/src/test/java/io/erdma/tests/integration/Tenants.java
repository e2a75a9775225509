package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.leak.LeakLedger;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.spec.CardSpec;
import io.erdma.verbs.ErdmaDevice;
import java.util.LinkedHashMap;
import java.util.Map;

/** A card with its tenants' hosts, each with the link {@code erdma0} on {@code eth0}. Closing it asserts that nothing is left. */
final class Tenants implements AutoCloseable {
    private final Moc card;
    private final Map<String, Host> hosts = new LinkedHashMap<>();

    private Tenants(Moc card) {
        this.card = card;
    }

    static Tenants on(CardSpec spec) { return on(Moc.of(spec)); }

    static Tenants on(Moc card) {
        Tenants tenants = new Tenants(card);
        card.vports().forEach(vport -> {
            Host host = Host.on(vport);
            tenants.hosts.put(vport.name(), host);
            host.links().newlink("erdma", "erdma0", vport.spec().netdev());
        });
        return tenants;
    }

    Moc card() { return card; }

    Host host(String name) { return hosts.get(name); }

    ErdmaDevice device(String name) { return host(name).device("erdma0").orElseThrow(); }

    /** Two QPs of two tenants, connected. */
    Pair pair(String left, String right) {
        return Pair.connected(Side.of(device(left)), Side.of(device(right)));
    }

    Pair pair() { return pair("alice", "bob"); }

    @Override
    public void close() {
        Map<String, LeakLedger> ledgers = new LinkedHashMap<>();
        card.vports().forEach(vport -> ledgers.put(vport.name(), vport.ledger()));
        hosts.values().forEach(Host::close);
        card.close();
        ledgers.forEach((name, ledger) -> assertThat(ledger.outstanding()).as("what %s holds", name).isEmpty());
        assertThat(card.ledger().outstanding()).as("what the card holds").isEmpty();
    }
}
