package io.erdma.model.flow;

import io.erdma.core.exec.Clock;
import io.erdma.core.net.MacAddress;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.spec.VportSpec;
import java.net.Inet4Address;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A vport as the rules see it: what is its own, its meters and its drop counters. What the tenant's host does to its netdev changes nothing
 * here. Thread-safe; reads take no lock.
 */
public final class FlowPort {
    private final FlowTable table;
    private final String name;
    private final String vpc;
    private final MacAddress mac;
    private final Meter transmit;
    private final Meter receive;
    private final AtomicLongArray drops = new AtomicLongArray(DropReason.values().length);
    private volatile int[] addresses;
    private volatile boolean on = true;

    FlowPort(FlowTable table, VportSpec spec, Clock clock) {
        this.table = table;
        this.name = spec.name();
        this.vpc = spec.vpc();
        this.mac = spec.mac();
        this.transmit = new Meter(clock, spec.transmit());
        this.receive = new Meter(clock, spec.receive());
        this.addresses = spec.addresses().stream().mapToInt(Ipv4::bits).toArray();
    }

    /** Name of the vport. */
    public String name() {
        return name;
    }

    /** Its virtual network. */
    public String vpc() {
        return vpc;
    }

    /** Its MAC address. */
    public MacAddress mac() {
        return mac;
    }

    /** Limits of what it sends. */
    public Meter transmit() {
        return transmit;
    }

    /** Limits of what it receives. */
    public Meter receive() {
        return receive;
    }

    /** Its own IPv4 addresses. */
    public List<Inet4Address> addresses() {
        return Arrays.stream(addresses).mapToObj(Ipv4::of).toList();
    }

    /** Whether an address is its own. */
    public boolean owns(int address) {
        for (int own : addresses) {
            if (own == address) {
                return true;
            }
        }
        return false;
    }

    /** Whether it is switched on. */
    public boolean isOn() {
        return on;
    }

    /** Packets dropped for a reason. */
    public long drops(DropReason reason) {
        return drops.get(reason.ordinal());
    }

    /** Counts a dropped packet. */
    public void count(DropReason reason) {
        drops.getAndIncrement(reason.ordinal());
    }

    /** Lets a vport send and receive, or not. */
    public void setOn(boolean newOn) {
        table.change(() -> on = newOn);
    }

    /** Makes an address the vport's own. EINVAL: it can't be a host's; EEXIST: a vport of this VPC has it. */
    public void addAddress(Inet4Address address) {
        table.claim(this, address);
    }

    /** Takes an address away; no effect if it is not its own. */
    public void removeAddress(Inet4Address address) {
        table.disown(this, address);
    }

    void addressesAre(int[] newAddresses) {
        addresses = newAddresses;
    }

    @Override
    public String toString() {
        return name + " in " + vpc;
    }
}
