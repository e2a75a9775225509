package io.erdma.model;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.core.host.Machine;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.StreamStack;
import io.erdma.model.device.ErdmaFunction;
import io.erdma.model.device.FunctionSite;
import io.erdma.model.device.ModelCounter;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.net.HostStack;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;
import java.net.Inet4Address;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

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
    private final CardServices services;
    private final FunctionSite site;
    private final List<FunctionSlot> plugged = new CopyOnWriteArrayList<>();
    private final List<GuestFunction> guests = new CopyOnWriteArrayList<>();
    private final AtomicInteger slotsUsed = new AtomicInteger();
    private boolean alive = true;

    Vport(VportSpec spec, FlowPort flow, FlowTable flows, Vpc vpc, CardServices services, Optional<FaultPlan> faults) {
        this.spec = spec;
        this.flow = flow;
        this.services = services;
        this.site = new FunctionSite(spec.mac(), new VportPolicy(flows, flow), vpc.junction(), services.timers(),
                faults);
        this.interrupts = services.interrupts(spec.name());
        this.streams = vpc.streams().addHost(flow, netdevs, ledger);
        this.netdev = netdevs.register(spec.netdev(), spec.mac(), spec.mtu(), spec.speedMbits());
        for (Inet4Address address : spec.addresses()) {
            netdev.addInetAddress(address);
        }
        netdev.setUp(true);
        spec.functions().forEach(this::plug);
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
        return plugged.stream().map(FunctionSlot::function).toList();
    }

    /** Plugs a function in, beside those that are there. ENODEV if the vport is dead. */
    public synchronized PciFunction addFunction(FunctionSpec function) {
        requireAlive();
        return plug(function);
    }

    /**
     * Adds a function that sits on somebody else's PCI bus; it is none of {@link #functions()}. ENODEV if the vport is dead.
     *
     * @param interrupts takes its MSI-X messages
     */
    public synchronized GuestFunction addGuestFunction(FunctionSpec function, InterruptSink interrupts) {
        requireAlive();
        ErdmaFunction model = new ErdmaFunction(function, nextAddress(), site, services.execution());
        GuestFunction guest = new GuestFunction(model, new DmaSpace(services.domain()), interrupts, this::pull);
        guests.add(guest);
        return guest;
    }

    private void requireAlive() {
        if (!alive) {
            throw new ErrnoException(Errno.ENODEV, "vport " + this + " is dead");
        }
    }

    private String nextAddress() {
        return "0000:%02x:00.0".formatted(slotsUsed.incrementAndGet() & 0xFF);
    }

    private PciFunction plug(FunctionSpec function) {
        FunctionSlot slot = new FunctionSlot(function, nextAddress(), site, services, ledger);
        plugged.add(slot);
        return slot.function();
    }

    /** Pulls a function out by surprise: its driver is told, its connections' peers find theirs lost. ENODEV if it is not plugged in here. */
    public void removeFunction(PciFunction function) {
        if (!pull(slotOf(function))) {
            throw gone(function);
        }
    }

    private void pull(GuestFunction guest) {
        if (guests.remove(guest)) {
            guest.remove();
        }
    }

    private void pullAll() {
        plugged.forEach(this::pull);
        guests.forEach(this::pull);
    }

    private boolean pull(FunctionSlot slot) {
        boolean mine = plugged.remove(slot);
        if (mine) {
            slot.remove();
        }
        return mine;
    }

    /** What a function's model has counted, by name; ENODEV if it is not plugged in here. */
    public Map<String, Long> counters(PciFunction function) {
        FunctionSlot slot = slotOf(function);
        Map<String, Long> counts = new LinkedHashMap<>();
        for (ModelCounter counter : ModelCounter.values()) {
            counts.put(counter.name().toLowerCase(Locale.ROOT), slot.counter(counter));
        }
        return counts;
    }

    private FunctionSlot slotOf(PciFunction function) {
        return plugged.stream().filter(slot -> slot.function().equals(function)).findFirst()
                .orElseThrow(() -> gone(function));
    }

    private ErrnoException gone(PciFunction function) {
        return new ErrnoException(Errno.ENODEV,
                "function " + function.identity().address() + " is not plugged in at vport " + this);
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
            pullAll();
            setCarrier(false);
            streams.breakAll();
        }
    }

    /** The machine comes back: carrier, and new functions as in its spec. No effect if it is alive. */
    public void restore() {
        if (setAlive(true)) {
            flow.setOn(true);
            setCarrier(true);
            spec.functions().forEach(this::plug);
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
        pullAll();
        streams.close();
    }

    @Override
    public String toString() {
        return flow.toString();
    }
}
