package io.erdma.model.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.core.net.StreamObserver;
import io.erdma.core.net.StreamStack;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.flow.FlowVerdict;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.spec.Traffic;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * TCP of one vport's host. Every packet leaves by the interface that holds its source address and passes the card; packets between addresses of the host
 * itself never reach the card. Ports, listeners and connections are guarded by the network's lock.
 */
public final class HostStack implements StreamStack {
    private static final int FIRST_EPHEMERAL = 32768;
    private static final int LAST_EPHEMERAL = 60999;
    private static final int SEGMENT_BYTES = 1460;

    private final VpcNetwork network;
    private final FlowPort port;
    private final NetdevRegistry netdevs;
    private final LeakLedger ledger;
    private final Map<Integer, List<PortListener>> listeners = new HashMap<>();
    private final Map<EndKey, StreamEnd> connections = new HashMap<>();
    private final Set<StreamEnd> held = new HashSet<>();
    private int nextEphemeral = FIRST_EPHEMERAL;

    HostStack(VpcNetwork network, FlowPort port, NetdevRegistry netdevs, LeakLedger ledger) {
        this.network = network;
        this.port = port;
        this.netdevs = netdevs;
        this.ledger = ledger;
    }

    VpcNetwork network() {
        return network;
    }

    @Override
    public StreamListener listen(
            InetSocketAddress local, Optional<Netdev> device, int backlog, Consumer<Stream> onAccept) {
        Inet4Address address = inet4(local);
        int bits = address.isAnyLocalAddress() ? 0 : Ipv4.bits(requireOwn(address));
        synchronized (network) {
            int number = local.getPort() == 0 ? freePort(p -> isFree(p, bits, device)) : local.getPort();
            if (!isFree(number, bits, device)) {
                throw new ErrnoException(Errno.EADDRINUSE, local + " is listened on");
            }
            PortListener listener = new PortListener(this, new InetSocketAddress(address, number), bits, device,
                    backlog, onAccept);
            listeners.computeIfAbsent(number, p -> new ArrayList<>()).add(listener);
            ledger.add(Resource.LISTENER, 1);
            return listener;
        }
    }

    private boolean isFree(int number, int address, Optional<Netdev> device) {
        return listeners.getOrDefault(number, List.of()).stream().noneMatch(other -> other.collides(address, device));
    }

    private int freePort(IntPredicate free) {
        for (int tried = FIRST_EPHEMERAL; tried <= LAST_EPHEMERAL; tried++) {
            int number = nextEphemeral;
            nextEphemeral = number == LAST_EPHEMERAL ? FIRST_EPHEMERAL : number + 1;
            if (free.test(number)) {
                return number;
            }
        }
        throw new ErrnoException(Errno.EADDRINUSE, "no port of " + port + " is free");
    }

    @Override
    public Stream connect(Optional<InetSocketAddress> local, InetSocketAddress remote, StreamObserver observer) {
        Inet4Address target = inet4(remote);
        Optional<Inet4Address> wanted = local.map(HostStack::inet4).filter(address -> !address.isAnyLocalAddress());
        wanted.ifPresent(this::requireOwn);
        int source = Ipv4.bits(chooseSource(wanted, target));
        int wantedPort = local.map(InetSocketAddress::getPort).orElse(0);
        StreamEnd end;
        synchronized (network) {
            int number = wantedPort == 0 ? freePort(p -> isFree(p, source, remote)) : wantedPort;
            if (!isFree(number, source, remote)) {
                throw new ErrnoException(Errno.EADDRINUSE,
                        Ipv4.of(source).getHostAddress() + ":" + number + " is in use towards " + remote);
            }
            EndKey key = new EndKey(source, number, Ipv4.bits(target), remote.getPort());
            end = StreamEnd.opening(this, key, network.nextSequence(), observer);
            hold(end);
        }
        end.knock();
        return end;
    }

    private boolean isFree(int number, int source, InetSocketAddress remote) {
        return isFree(number, source, Optional.empty()) && !connections
                .containsKey(new EndKey(source, number, Ipv4.bits(inet4(remote)), remote.getPort()));
    }

    private void hold(StreamEnd end) {
        connections.put(end.key(), end);
        held.add(end);
        ledger.add(Resource.STREAM, 1);
    }

    private Inet4Address requireOwn(Inet4Address address) {
        if (netdevs.byInetAddress(address).isEmpty()) {
            throw new ErrnoException(Errno.EADDRNOTAVAIL, "no interface has the address " + address.getHostAddress());
        }
        return address;
    }

    private Inet4Address chooseSource(Optional<Inet4Address> wanted, Inet4Address target) {
        Optional<Netdev> netdev = wanted.isPresent() ? usable(wanted.get()) : interfaceTo(target);
        return netdev.map(n -> wanted.orElseGet(() -> sourceOf(n, target))).orElseThrow(() -> new ErrnoException(
                Errno.ENETUNREACH, "no interface that is up leads to " + target.getHostAddress()));
    }

    private static Inet4Address sourceOf(Netdev netdev, Inet4Address target) {
        List<Inet4Address> own = netdev.inetAddresses();
        return own.contains(target) ? target : own.getFirst();
    }

    @Override
    public Optional<Netdev> route(InetSocketAddress remote) {
        return interfaceTo(inet4(remote));
    }

    /** The one that has the address itself, else the first that runs: the VPC routes everywhere. */
    private Optional<Netdev> interfaceTo(Inet4Address target) {
        if (target.isAnyLocalAddress() || target.isMulticastAddress()) {
            return Optional.empty();
        }
        return usable(target).or(() -> netdevs.all().stream()
                .filter(netdev -> netdev.running() && !netdev.inetAddresses().isEmpty()).findFirst());
    }

    private Optional<Netdev> usable(Inet4Address own) {
        return netdevs.byInetAddress(own).filter(Netdev::running);
    }

    private static Inet4Address inet4(InetSocketAddress end) {
        if (end.getAddress() instanceof Inet4Address address) {
            return address;
        }
        throw new ErrnoException(Errno.EAFNOSUPPORT, end + " is no IPv4 address");
    }

    /**
     * Sends a packet of a connection. Without locks.
     *
     * @return the host that takes it; empty if it is lost on the way, which is counted where the card dropped it
     */
    Optional<HostStack> reach(EndKey key, int bytes) {
        Optional<Netdev> netdev = usable(Ipv4.of(key.local()));
        if (netdev.isEmpty()) {
            return Optional.empty();
        }
        if (netdevs.byInetAddress(Ipv4.of(key.remote())).isPresent()) {
            return usable(Ipv4.of(key.remote())).map(there -> this);
        }
        FlowVerdict verdict = network.flows().check(port, netdev.get().address(), Traffic.STREAM, key.local(),
                key.localPort(), key.remote(), key.remotePort());
        verdict.countDrop();
        return verdict.peer().flatMap(network::hostOf).filter(host -> host.takes(key.remote()))
                .filter(host -> FlowTable.admit(port, host.port, bytes, 1 + bytes / SEGMENT_BYTES));
    }

    /** Whether the host has the address and its answers come out. */
    private boolean takes(int address) {
        Optional<Netdev> netdev = usable(Ipv4.of(address));
        boolean spoofed = netdev.filter(n -> !n.address().equals(port.mac())).isPresent();
        if (spoofed) {
            port.count(DropReason.SPOOFED_MAC);
        }
        return netdev.isPresent() && !spoofed;
    }

    /** A SYN has come. */
    Answer answer(StreamEnd opener) {
        EndKey key = opener.key().mirrored();
        StreamEnd stale;
        StreamEnd accepted;
        PortListener listener;
        synchronized (network) {
            listener = listenerFor(key);
            if (listener == null) {
                return Answer.REFUSED;
            }
            if (listener.isFull()) {
                return Answer.NONE;
            }
            stale = connections.remove(key); // of a peer that has forgotten it
            accepted = StreamEnd.answering(this, opener, network.nextSequence()).orElse(null);
            if (accepted != null) {
                hold(accepted);
                listener.add(accepted);
            }
        }
        if (stale != null) {
            stale.reset();
        }
        opener.tell();
        if (accepted != null) {
            network.dispatch(() -> listener.handOut(accepted));
        }
        return Answer.OPEN;
    }

    private @Nullable PortListener listenerFor(EndKey key) {
        Optional<Netdev> netdev = netdevs.byInetAddress(Ipv4.of(key.local()));
        return listeners.getOrDefault(key.localPort(), List.of()).stream()
                .filter(listener -> listener.serves(key.local(), netdev))
                .max(Comparator.comparingInt(PortListener::exactness)).orElse(null);
    }

    void closePort(PortListener listener) {
        List<StreamEnd> untaken;
        synchronized (network) {
            int number = listener.local().getPort();
            List<PortListener> same = listeners.getOrDefault(number, List.of());
            if (!same.contains(listener)) {
                return;
            }
            same.remove(listener);
            if (same.isEmpty()) {
                listeners.remove(number);
            }
            ledger.add(Resource.LISTENER, -1);
            untaken = listener.takeWaiting();
        }
        untaken.forEach(HostStack::abandon);
    }

    private static void abandon(StreamEnd end) {
        end.reset();
        end.close();
    }

    /** Its owner has let go of an end. */
    void release(StreamEnd end) {
        synchronized (network) {
            if (held.remove(end)) {
                ledger.add(Resource.STREAM, -1);
            }
        }
    }

    /** An end is over. */
    void forget(StreamEnd end) {
        synchronized (network) {
            connections.remove(end.key(), end);
        }
    }

    /** The host has died: its ports close, its connections break at both ends. What its owners hold they still have to close. */
    public void breakAll() {
        List<PortListener> ports = new ArrayList<>();
        List<StreamEnd> ends;
        synchronized (network) {
            listeners.values().forEach(ports::addAll);
            ends = List.copyOf(connections.values());
        }
        ports.forEach(PortListener::close);
        ends.forEach(StreamEnd::reset);
    }

    /** Breaks all and lets go of what its owners did not close. */
    public void close() {
        breakAll();
        List<StreamEnd> left;
        synchronized (network) {
            left = List.copyOf(held);
        }
        left.forEach(StreamEnd::close);
    }
}
