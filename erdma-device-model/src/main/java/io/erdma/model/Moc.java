package io.erdma.model;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.host.HalProvider;
import io.erdma.core.host.Machine;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.VportSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A card: its vports, each a machine of its own, its flow rules and its engines (device-behaviour §1, §7). Closing it closes all that is left of its
 * vports. Thread-safe.
 */
public final class Moc implements HalProvider.Instance {
    private final CardSpec spec;
    private final CardServices services;
    private final FlowTable flows;
    private final Map<String, Vport> vports = new LinkedHashMap<>();

    private Moc(Builder builder) {
        spec = builder.spec;
        services = new CardServices(spec, builder.timers);
        flows = new FlowTable(services.timers().clock());
        spec.rules().forEach(flows::add);
        boolean complete = false;
        try {
            addVports(builder);
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    private void addVports(Builder builder) {
        Map<String, Vpc> vpcs = new HashMap<>();
        for (VportSpec vport : spec.vports()) {
            Vpc vpc = vpcs.computeIfAbsent(vport.vpc(),
                    name -> new Vpc(services, flows, spec.seed() ^ name.hashCode()));
            vports.put(vport.name(),
                    new Vport(vport, flows.addPort(vport), flows, vpc, services, builder.faultsOf(vport)));
        }
    }

    /** A card with a timer thread of its own, without faults. */
    public static Moc of(CardSpec spec) {
        return builder(spec).build();
    }

    /** Builds a card with time, or faults, from outside. */
    public static Builder builder(CardSpec spec) {
        return new Builder(spec);
    }

    /** What it was made from. */
    public CardSpec spec() {
        return spec;
    }

    /** The vport of a name; ENOENT if there is none. */
    public Vport vport(String name) {
        return Optional.ofNullable(vports.get(name)).orElseThrow(() -> new ErrnoException(Errno.ENOENT,
                "the card has no vport '" + name + "'; it has " + String.join(", ", vports.keySet())));
    }

    /** The vports, in the order of the spec. */
    public Collection<Vport> vports() {
        return List.copyOf(vports.values());
    }

    @Override
    public List<Machine> machines() {
        return List.copyOf(vports.values());
    }

    /** The flow rules; changes take effect with the next message. */
    public FlowTable flows() {
        return flows;
    }

    /** The clock that time-outs and meters go by. */
    public Clock clock() {
        return services.timers().clock();
    }

    /** What the card itself holds: threads and timers. */
    public LeakLedger ledger() {
        return services.ledger();
    }

    /** Takes every function away, breaks every stream and ends the card's threads. Idempotent. */
    @Override
    public void close() {
        vports.values().forEach(Vport::close);
        services.close();
    }

    /** Builds a card. */
    public static final class Builder {
        private final CardSpec spec;
        private final Map<String, FaultPlan> vportFaults = new HashMap<>();
        private Optional<FaultPlan> cardFaults = Optional.empty();
        private Optional<WorkQueue> timers = Optional.empty();

        private Builder(CardSpec spec) {
            this.spec = spec;
        }

        /** Runs time-outs on this queue, by its clock; whoever made it closes it, after the card. */
        public Builder timers(WorkQueue queue) {
            timers = Optional.of(queue);
            return this;
        }

        /** Faults of every vport that has no plan of its own. */
        public Builder faults(FaultPlan plan) {
            cardFaults = Optional.of(plan);
            return this;
        }

        /** Faults of one vport. ENOENT if the spec has no such vport. */
        public Builder faults(String vport, FaultPlan plan) {
            if (spec.vports().stream().noneMatch(v -> v.name().equals(vport))) {
                throw new ErrnoException(Errno.ENOENT, "the card has no vport '" + vport + "'");
            }
            vportFaults.put(vport, plan);
            return this;
        }

        private Optional<FaultPlan> faultsOf(VportSpec vport) {
            return Optional.ofNullable(vportFaults.get(vport.name())).or(() -> cardFaults);
        }

        /** The card. */
        public Moc build() {
            return new Moc(this);
        }
    }
}
