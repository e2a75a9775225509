package io.erdma.model.net;

import io.erdma.core.exec.WorkQueue;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.flow.FlowTable;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The streams of one virtual network: its hosts and what they share. A packet is a direct call; one that the card or a host drops is sent again later by a
 * timer of the card's work queue. Thread-safe.
 */
public final class VpcNetwork {
    private final FlowTable flows;
    private final WorkQueue timers;
    private final Executor events;
    private final Random random;
    private final Map<FlowPort, HostStack> hosts = new ConcurrentHashMap<>();
    private final Addresses addresses = new Addresses();

    /**
     * @param timers runs what is to be sent again
     * @param events calls observers; a {@link Trampoline} for inline execution
     * @param seed of initial sequence numbers
     */
    public VpcNetwork(FlowTable flows, WorkQueue timers, Executor events, long seed) {
        this.flows = flows;
        this.timers = timers;
        this.events = events;
        this.random = new Random(seed);
    }

    /** Adds a host. */
    public HostStack addHost(FlowPort port, NetdevRegistry netdevs, LeakLedger ledger) {
        HostStack host = new HostStack(this, port, netdevs, ledger);
        hosts.put(port, host);
        return host;
    }

    Addresses addresses() {
        return addresses;
    }

    FlowTable flows() {
        return flows;
    }

    Optional<HostStack> hostOf(FlowPort port) {
        return Optional.ofNullable(hosts.get(port));
    }

    int nextSequence() {
        return random.nextInt();
    }

    /** Has observers called. Without locks. */
    void dispatch(Runnable calls) {
        try {
            events.execute(calls);
        } catch (RejectedExecutionException e) {
            // the card is closed: nobody is told any more
        }
    }

    /** Runs something later; never once the card is closed. */
    Optional<WorkQueue.Delayed> later(Runnable task, long delayNanos) {
        try {
            return Optional.of(timers.schedule(task, delayNanos));
        } catch (RejectedExecutionException e) {
            return Optional.empty();
        }
    }
}
