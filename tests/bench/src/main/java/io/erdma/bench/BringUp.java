package io.erdma.bench;

import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.spec.CardSpec;
import io.erdma.verbs.ProtectionDomain;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From nothing to a device that works, and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BringUp {
    /** A card with two functions, the driver on one of them, a link, the first verb; then all of it is closed. */
    @Benchmark
    public int cardToFirstVerb() {
        try (Moc card = Moc.of(CardSpec.twoTenants()); Host host = Host.on(card.vport("alice"))) {
            host.links().newlink("erdma", Tenants.LINK, "eth0");
            try (ProtectionDomain pd = host.device(Tenants.LINK).orElseThrow().allocPd()) {
                return pd.pdn();
            }
        }
    }
}
