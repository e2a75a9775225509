package io.erdma.core.testing;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevEvent;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.core.net.StreamObserver;
import io.erdma.core.net.StreamStack;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/** TCP of one machine: who listens, who is connected, and which ports are free. Its state is guarded by the network's lock. */
final class FakeStack implements StreamStack {
    private static final int FIRST_EPHEMERAL = 32768;
    private static final int LAST_EPHEMERAL = 60999;

    private final FakeNetwork network;
    private final NetdevRegistry netdevs;
    private final LeakLedger ledger;
    private final List<FakeListener> listeners = new ArrayList<>();
    private final List<FakeStream> streams = new ArrayList<>();
    /** Closed here, but the peer has not heard of it. */
    private final List<FakeStream> lingering = new ArrayList<>();
    private int nextEphemeral = FIRST_EPHEMERAL;

    FakeStack(FakeNetwork network, NetdevRegistry netdevs, LeakLedger ledger) {
        this.network = network;
        this.netdevs = netdevs;
        this.ledger = ledger;
        netdevs.subscribe((netdev, event) -> {
            if (event == NetdevEvent.UP || event == NetdevEvent.CHANGE_INET) {
                resume();
            }
        });
    }

    FakeNetwork network() {
        return network;
    }

    /** What waited for a way goes on. */
    private void resume() {
        synchronized (network.lock) {
            streams.forEach(FakeStream::resume);
            lingering.forEach(FakeStream::resume);
        }
        network.flush();
    }

    @Override
    public StreamListener listen(
            InetSocketAddress local, Optional<Netdev> device, int backlog, Consumer<Stream> onAccept) {
        Inet4Address address = inet4(local);
        if (!address.isAnyLocalAddress() && netdevs.byInetAddress(address).isEmpty()) {
            throw new ErrnoException(Errno.EADDRNOTAVAIL, "no interface has the address " + local);
        }
        synchronized (network.lock) {
            int port = local.getPort() == 0 ? freePort(p -> listenable(address, p, device)) : local.getPort();
            if (!listenable(address, port, device)) {
                throw new ErrnoException(Errno.EADDRINUSE, local + " is listened on");
            }
            FakeListener listener = new FakeListener(this, new InetSocketAddress(address, port), device, backlog,
                    onAccept);
            listeners.add(listener);
            ledger.add(Resource.LISTENER, 1);
            return listener;
        }
    }

    private boolean listenable(Inet4Address address, int port, Optional<Netdev> device) {
        return listeners.stream().noneMatch(other -> other.collides(address, port, device));
    }

    @Override
    public Stream connect(Optional<InetSocketAddress> local, InetSocketAddress remote, StreamObserver observer) {
        Inet4Address target = inet4(remote);
        Optional<Inet4Address> wanted = local.map(FakeStack::inet4).filter(address -> !address.isAnyLocalAddress());
        Inet4Address source = wanted.isPresent() ? requireOwn(wanted.get(), target) : chooseSource(target);
        FakeStream stream;
        synchronized (network.lock) {
            int port = local.map(InetSocketAddress::getPort).filter(p -> p != 0)
                    .orElseGet(() -> freePort(p -> connectable(source, p, remote)));
            if (!connectable(source, port, remote)) {
                throw new ErrnoException(Errno.EADDRINUSE, source + ":" + port + " is in use towards " + remote);
            }
            stream = FakeStream.opening(this, new InetSocketAddress(source, port), remote, observer);
            add(stream);
            network.post(stream::knock);
        }
        network.flush();
        return stream;
    }

    private boolean connectable(Inet4Address source, int port, InetSocketAddress remote) {
        InetSocketAddress local = new InetSocketAddress(source, port);
        return listenable(source, port, Optional.empty())
                && streams.stream().noneMatch(s -> s.local().equals(local) && s.remote().equals(remote));
    }

    private Inet4Address requireOwn(Inet4Address source, Inet4Address target) {
        Netdev netdev = netdevs.byInetAddress(source).orElseThrow(
                () -> new ErrnoException(Errno.EADDRNOTAVAIL, "no interface has the address " + source));
        if (!netdev.running() || !leadsTo(netdev, target)) {
            throw unreachable(target);
        }
        return source;
    }

    private Inet4Address chooseSource(Inet4Address target) {
        return interfaceTo(target)
                .flatMap(netdev -> netdev.inetAddresses().stream()
                        .min(Comparator.comparing(own -> !own.equals(target) && !sameNet(own, target))))
                .orElseThrow(() -> unreachable(target));
    }

    private static ErrnoException unreachable(Inet4Address target) {
        return new ErrnoException(Errno.ENETUNREACH, "no interface that is up leads to " + target);
    }

    @Override
    public Optional<Netdev> route(InetSocketAddress remote) {
        return interfaceTo(inet4(remote));
    }

    private Optional<Netdev> interfaceTo(Inet4Address target) {
        return netdevs.byInetAddress(target).filter(Netdev::running)
                .or(() -> netdevs.all().stream().filter(n -> n.running() && leadsTo(n, target)).findFirst());
    }

    private boolean leadsTo(Netdev netdev, Inet4Address target) {
        return netdevs.byInetAddress(target).isPresent()
                || netdev.inetAddresses().stream().anyMatch(own -> sameNet(own, target));
    }

    private static boolean sameNet(Inet4Address one, Inet4Address other) {
        byte[] a = one.getAddress();
        byte[] b = other.getAddress();
        return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
    }

    static Inet4Address inet4(InetSocketAddress end) {
        if (end.getAddress() instanceof Inet4Address address) {
            return address;
        }
        throw new ErrnoException(Errno.EAFNOSUPPORT, end + " is no IPv4 address");
    }

    private int freePort(IntPredicate free) {
        for (int tried = FIRST_EPHEMERAL; tried <= LAST_EPHEMERAL; tried++) {
            int port = nextEphemeral;
            nextEphemeral = port == LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
            if (free.test(port)) {
                return port;
            }
        }
        throw new ErrnoException(Errno.EADDRINUSE, "no port is free");
    }

    /** The most exact listener of an end: one for its address before one for all, one for its interface before one for any. Under the lock. */
    Optional<FakeListener> listenerAt(InetSocketAddress end) {
        Optional<Netdev> netdev = netdevs.byInetAddress(inet4(end));
        return listeners.stream().filter(listener -> listener.serves(end, netdev))
                .max(Comparator.comparingInt(FakeListener::exactness));
    }

    /** Whether messages of an end come through. */
    boolean carries(InetSocketAddress local) {
        return netdevs.byInetAddress(inet4(local)).filter(Netdev::running).isPresent();
    }

    void add(FakeStream stream) {
        streams.add(stream);
        ledger.add(Resource.STREAM, 1);
    }

    void remove(FakeStream stream) {
        if (streams.remove(stream)) {
            ledger.add(Resource.STREAM, -1);
        }
    }

    void linger(FakeStream stream) {
        lingering.add(stream);
    }

    void endLinger(FakeStream stream) {
        lingering.remove(stream);
    }

    boolean remove(FakeListener listener) {
        boolean listened = listeners.remove(listener);
        if (listened) {
            ledger.add(Resource.LISTENER, -1);
        }
        return listened;
    }
}
