package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Which addresses and which device an id uses (kernel: {@code struct rdma_dev_addr}, {@code cma_acquire_dev_by_src_ip}). Its id's lock guards it. */
final class AddressBinding {
    private final ConnectionManager manager;
    private InetSocketAddress local = new InetSocketAddress(0);
    private Optional<InetSocketAddress> remote = Optional.empty();
    private Optional<DevicePort> device = Optional.empty();

    AddressBinding(ConnectionManager manager) { this.manager = manager; }

    InetSocketAddress local() { return local; }

    Optional<InetSocketAddress> remote() { return remote; }

    Optional<DevicePort> device() { return device; }

    /** What a stream has made of it. */
    void connected(DevicePort onDevice, InetSocketAddress localEnd, InetSocketAddress remoteEnd) {
        device = Optional.of(onDevice);
        local = localEnd;
        if (!remote.equals(Optional.of(remoteEnd))) {
            remote = Optional.of(remoteEnd);
        }
    }

    /** Binds to an address of this host, or the wildcard. EAFNOSUPPORT, EADDRNOTAVAIL, ENODEV. */
    void bind(InetSocketAddress address) {
        checkFamily(address);
        if (!address.getAddress().isAnyLocalAddress()) {
            device = Optional.of(deviceAt(address));
        }
        local = address;
    }

    private DevicePort deviceAt(InetSocketAddress address) {
        Netdev netdev = manager.netdevs().byInetAddress((Inet4Address) address.getAddress()).orElseThrow(
                () -> new ErrnoException(Errno.EADDRNOTAVAIL, address + " is not an address of this host"));
        return manager.directory().byNetdev(netdev).orElseThrow(
                () -> new ErrnoException(Errno.ENODEV, "no device on " + netdev.name()));
    }

    /** Names the peer, and perhaps our address too. EAFNOSUPPORT, and what {@link #bind} refuses. */
    void target(Optional<InetSocketAddress> source, InetSocketAddress destination) {
        checkFamily(destination);
        source.ifPresent(this::bind);
        remote = Optional.of(destination);
    }

    /** Finds the device and our address towards the peer; empty if it did, else why not, and nothing is changed. */
    Optional<Errno> resolve() {
        Optional<Netdev> route = manager.streams().route(remote.orElseThrow());
        if (route.isEmpty()) {
            return Optional.of(Errno.ENETUNREACH);
        }
        Optional<DevicePort> found = device.or(() -> manager.directory().byNetdev(route.get()));
        if (found.isEmpty()) {
            return Optional.of(Errno.ENODEV);
        }
        if (local.getAddress().isAnyLocalAddress()) {
            Optional<Inet4Address> source = found.get().netdev().inetAddresses().stream().findFirst();
            if (source.isEmpty()) {
                return Optional.of(Errno.EADDRNOTAVAIL);
            }
            local = new InetSocketAddress(source.get(), local.getPort());
        }
        device = found;
        return Optional.empty();
    }

    private static void checkFamily(InetSocketAddress address) {
        if (!(address.getAddress() instanceof Inet4Address)) {
            throw new ErrnoException(Errno.EAFNOSUPPORT, address + " is no IPv4 address");
        }
    }
}
