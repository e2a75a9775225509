package io.erdma.model.flow;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.net.MacAddress;
import io.erdma.model.spec.FlowRule;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.spec.Traffic;
import io.erdma.model.spec.VportSpec;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The flow rules of a card (device-behaviour §1). Every packet's source MAC and IPv4 address must be its vport's own and its destination must be in
 * the same VPC; then the explicit rules are asked, highest priority first. Every change raises the {@link #generation()}, so that engines may keep a
 * verdict per connection and only compare numbers. Thread-safe: checks take no lock, changes take the table's.
 */
public final class FlowTable {
    private final Clock clock;
    private final Map<Owner, FlowPort> owners = new ConcurrentHashMap<>();
    private volatile List<FlowEntry> entries = List.of();
    private volatile long generation = 1;

    /** An address in a virtual network. */
    private record Owner(String vpc, int address) {}

    /** No vports and no explicit rules; meters go by {@code clock}. */
    public FlowTable(Clock clock) {
        this.clock = clock;
    }

    /** Number of the state of rules and vports; it only grows. */
    public long generation() {
        return generation;
    }

    /** Adds a vport, switched on. EEXIST if another one of its VPC has one of its addresses. */
    public synchronized FlowPort addPort(VportSpec spec) {
        for (Inet4Address address : spec.addresses()) {
            requireFree(spec.vpc(), address);
        }
        FlowPort port = new FlowPort(this, spec, clock);
        spec.addresses().forEach(address -> owners.put(new Owner(spec.vpc(), Ipv4.bits(address)), port));
        changed();
        return port;
    }

    /** Adds a rule behind those of the same priority. */
    public synchronized FlowEntry add(FlowRule rule) {
        FlowEntry entry = new FlowEntry(this, rule);
        List<FlowEntry> all = new ArrayList<>(entries);
        all.add(entry);
        all.sort(Comparator.comparingInt((FlowEntry e) -> e.rule().priority()).reversed()); // stable
        entries = List.copyOf(all);
        changed();
        return entry;
    }

    /** The rules, in the order in which they are asked. */
    public List<FlowEntry> entries() {
        return entries;
    }

    synchronized void remove(FlowEntry entry) {
        List<FlowEntry> all = new ArrayList<>(entries);
        if (all.remove(entry)) {
            entries = List.copyOf(all);
            changed();
        }
    }

    /** The vport of a VPC that owns an address. */
    public Optional<FlowPort> ownerOf(String vpc, Inet4Address address) {
        return Optional.ofNullable(owners.get(new Owner(vpc, Ipv4.bits(address))));
    }

    /**
     * Checks a connection both ways: what the sender sends, and what comes back, without which nothing can be delivered. Counts nothing;
     * see {@link FlowVerdict#countDrop()}.
     *
     * @param sender the vport that the packets come from
     * @param sourceMac the MAC address that they bear
     * @param source source address, as {@link Ipv4#bits(Inet4Address)} gives it
     */
    public FlowVerdict check(
            FlowPort sender, MacAddress sourceMac, Traffic kind, int source, int sourcePort, int destination,
            int destinationPort) {
        long now = generation; // before anything is looked at: a change meanwhile makes the verdict stale
        FlowVerdict forth = oneWay(now, sender, sourceMac, kind, source, destination, destinationPort);
        if (!forth.permitted()) {
            return forth;
        }
        FlowPort peer = forth.peer().orElseThrow();
        FlowVerdict back = oneWay(now, peer, peer.mac(), kind, destination, source, sourcePort);
        return back.permitted() ? forth : back;
    }

    private FlowVerdict oneWay(
            long now, FlowPort sender, MacAddress sourceMac, Traffic kind, int source, int destination,
            int destinationPort) {
        FlowPort peer = owners.get(new Owner(sender.vpc(), destination));
        DropReason reason = isolation(sender, sourceMac, source, peer);
        if (reason != null || peer == null) {
            return FlowVerdict.dropped(this, now, sender, reason == null ? DropReason.NO_PEER : reason, null);
        }
        for (FlowEntry entry : entries) {
            if (entry.rule().matches(sender.vpc(), kind, source, destination, destinationPort)) {
                if (!entry.rule().allow()) {
                    return FlowVerdict.dropped(this, now, sender, DropReason.DENIED, entry);
                }
                entry.hit();
                break;
            }
        }
        return FlowVerdict.permitted(this, now, sender, peer);
    }

    private static @Nullable DropReason isolation(
            FlowPort sender, MacAddress sourceMac, int source, @Nullable FlowPort peer) {
        if (!sender.isOn() || (peer != null && !peer.isOn())) {
            return DropReason.PORT_OFF;
        }
        if (!sender.mac().equals(sourceMac)) {
            return DropReason.SPOOFED_MAC;
        }
        return sender.owns(source) ? null : DropReason.SPOOFED_ADDRESS;
    }

    /**
     * Asks the meters of both ends for packets, and counts them as dropped where one says no.
     *
     * @param bytes payload of all of them
     * @param count how many packets, from 1
     */
    public static boolean admit(FlowPort sender, FlowPort receiver, long bytes, long count) {
        int sent = sender.transmit().admit(bytes, count);
        if (sent != Meter.PASS) {
            sender.count(sent == Meter.OVER_BITS ? DropReason.TRANSMIT_BITS : DropReason.TRANSMIT_PACKETS);
            return false;
        }
        int received = receiver.receive().admit(bytes, count);
        if (received != Meter.PASS) {
            receiver.count(received == Meter.OVER_BITS ? DropReason.RECEIVE_BITS : DropReason.RECEIVE_PACKETS);
        }
        return received == Meter.PASS;
    }

    synchronized void change(Runnable action) {
        action.run();
        changed();
    }

    synchronized void claim(FlowPort port, Inet4Address address) {
        int bits = Ipv4.bits(address);
        if (!Ipv4.isUnicast(address)) {
            throw new ErrnoException(Errno.EINVAL, "a vport can't have address " + address.getHostAddress());
        }
        requireFree(port.vpc(), address);
        port.addressesAre(IntStream.concat(bitsOf(port), IntStream.of(bits)).toArray());
        owners.put(new Owner(port.vpc(), bits), port);
        changed();
    }

    synchronized void disown(FlowPort port, Inet4Address address) {
        int bits = Ipv4.bits(address);
        if (owners.remove(new Owner(port.vpc(), bits), port)) {
            port.addressesAre(bitsOf(port).filter(own -> own != bits).toArray());
            changed();
        }
    }

    private static IntStream bitsOf(FlowPort port) {
        return port.addresses().stream().mapToInt(Ipv4::bits);
    }

    private void requireFree(String vpc, Inet4Address address) {
        FlowPort owner = owners.get(new Owner(vpc, Ipv4.bits(address)));
        if (owner != null) {
            throw new ErrnoException(Errno.EEXIST, "address " + address.getHostAddress() + " is that of " + owner);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // writers hold the lock
    private void changed() {
        generation++;
    }
}
