package io.erdma.core.testing;

import io.erdma.core.hal.PciFunction;
import io.erdma.core.host.Machine;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.StreamStack;
import java.net.Inet4Address;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/** A machine of a {@link FakeNetwork}: a test plugs functions in and adds interfaces. Thread-safe. */
public final class FakeMachine implements Machine {
    private static final int USUAL_MTU = 1500;
    private static final int USUAL_SPEED_MBITS = 25_000;

    private final String name;
    private final Executor interruptExecutor;
    private final LeakLedger ledger = new LeakLedger();
    private final NetdevRegistry netdevs = new NetdevRegistry();
    private final List<PciFunction> functions = new CopyOnWriteArrayList<>();
    private final FakeStack streams;

    FakeMachine(FakeNetwork network, String name, Executor interruptExecutor) {
        this.name = name;
        this.interruptExecutor = interruptExecutor;
        this.streams = new FakeStack(network, netdevs, ledger);
    }

    /** A machine on a network of its own. */
    public static FakeMachine alone(String name) {
        return new FakeNetwork().machine(name);
    }

    /**
     * Adds an interface that is up.
     *
     * @param mac such as {@code 00:16:3e:00:00:01}
     * @param address IPv4, such as {@code 10.0.0.1}
     */
    public Netdev addNetdev(String netdevName, String mac, String address) {
        Netdev netdev = netdevs.register(netdevName, MacAddress.parse(mac), USUAL_MTU, USUAL_SPEED_MBITS);
        netdev.addInetAddress(Inet4Address.ofLiteral(address));
        netdev.setUp(true);
        return netdev;
    }

    /** Plugs a function in. */
    public FakeMachine plug(PciFunction function) {
        functions.add(function);
        return this;
    }

    /** Pulls a function out; telling its driver is the function's own affair. */
    public FakeMachine unplug(PciFunction function) {
        functions.remove(function);
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<PciFunction> functions() {
        return List.copyOf(functions);
    }

    @Override
    public NetdevRegistry netdevs() {
        return netdevs;
    }

    @Override
    public StreamStack streams() {
        return streams;
    }

    /** The same as {@link #streams()}, as the network sees it. */
    FakeStack stack() {
        return streams;
    }

    @Override
    public Executor interruptExecutor() {
        return interruptExecutor;
    }

    @Override
    public LeakLedger ledger() {
        return ledger;
    }

    @Override
    public String toString() {
        return name;
    }
}
