package io.erdma.model;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.host.Machine;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.StreamStack;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.net.HostStack;
import io.erdma.model.spec.VportSpec;
import java.net.Inet4Address;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * One tenant's attachment to the card, and the machine behind it: a netdev, ERDMA functions, TCP. What the tenant's host does to its netdev changes
 * nothing about what is the vport's own (device-behaviour §1); the card's administrator changes that through {@link #flow()}. Thread-safe.
 */
public final class Vport implements Machine {
    private final VportSpec spec;
    private final FlowPort flow;
    private final LeakLedger ledger = new LeakLedger();
    private final NetdevRegistry netdevs = new NetdevRegistry();
    private final Netdev netdev;
    private final HostStack streams;
    private final Executor interrupts;
    private boolean alive = true;

    Vport(VportSpec spec, FlowPort flow, Vpc vpc, CardServices services, Optional<FaultPlan> faults) {
        this.spec = spec;
        this.flow = flow;
        this.interrupts = services.interrupts(spec.name());
        this.streams = vpc.streams().addHost(flow, netdevs, ledger);
        this.netdev = netdevs.register(spec.netdev(), spec.mac(), spec.mtu(), spec.speedMbits());
        for (Inet4Address address : spec.addresses()) {
            netdev.addInetAddress(address);
        }
        netdev.setUp(true);
    }

    @Override
    public String name() {
        return spec.name();
    }

    /** What it was made from. */
    public VportSpec spec() {
        return spec;
    }

    /** MAC address of its netdev and its functions. */
    public MacAddress mac() {
        return spec.mac();
    }

    /** What the card's rules hold about it: own addresses, meters, drop counters. */
    public FlowPort flow() {
        return flow;
    }

    @Override
    public List<PciFunction> functions() {
        return List.of();
    }

    @Override
    public NetdevRegistry netdevs() {
        return netdevs;
    }

    @Override
    public StreamStack streams() {
        return streams;
    }

    @Override
    public Executor interruptExecutor() {
        return interrupts;
    }

    @Override
    public LeakLedger ledger() {
        return ledger;
    }

    /** Whether it has not been killed. */
    public synchronized boolean isAlive() {
        return alive;
    }

    /**
     * The tenant's machine dies: its functions vanish, its netdev loses its carrier, its ports close and its streams break at both ends. No other vport
     * sees more than that. No effect if it is dead.
     */
    public void kill() {
        if (setAlive(false)) {
            flow.setOn(false);
            setCarrier(false);
            streams.breakAll();
        }
    }

    /** The machine comes back: carrier, and new functions as in its spec. No effect if it is alive. */
    public void restore() {
        if (setAlive(true)) {
            flow.setOn(true);
            setCarrier(true);
        }
    }

    private synchronized boolean setAlive(boolean now) {
        boolean changes = alive != now;
        alive = now;
        return changes;
    }

    private void setCarrier(boolean on) {
        try {
            netdev.setCarrier(on);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
            // the host has unregistered it: there is nothing that could hear of the carrier
        }
    }

    void close() {
        streams.close();
    }

    @Override
    public String toString() {
        return flow.toString();
    }
}
