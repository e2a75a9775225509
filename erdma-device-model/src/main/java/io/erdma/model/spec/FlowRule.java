package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.Optional;

/**
 * An explicit rule of the card about packets of one direction. Of the rules that match, the one with the highest priority decides; among
 * equals the one that was added first. What no rule matches is allowed. The rules that keep tenants apart (own source addresses, same VPC) come before
 * and can't be lifted by one of these.
 *
 * @param allow whether what matches passes; otherwise it is dropped
 * @param priority any number; higher comes first
 * @param vpc the virtual network it is for; empty: all
 * @param traffic the kind of traffic it is for; empty: both
 * @param source source addresses
 * @param destination destination addresses
 * @param lowPort lowest destination port, 0–65535; EINVAL otherwise
 * @param highPort highest destination port, from {@code lowPort}; EINVAL otherwise
 */
public record FlowRule(
        boolean allow,
        int priority,
        Optional<String> vpc,
        Optional<Traffic> traffic,
        Ipv4Prefix source,
        Ipv4Prefix destination,
        int lowPort,
        int highPort) {
    private static final int LAST_PORT = 0xFFFF;

    /** Checks the ports. */
    public FlowRule {
        if (lowPort < 0 || highPort > LAST_PORT || highPort < lowPort) {
            throw new ErrnoException(Errno.EINVAL, "ports " + lowPort + "–" + highPort);
        }
    }

    /** A rule of priority 0 that drops everything; narrow it down. */
    public static FlowRule deny() {
        return new FlowRule(false, 0, Optional.empty(), Optional.empty(), Ipv4Prefix.ANY, Ipv4Prefix.ANY, 0, LAST_PORT);
    }

    /** A rule of priority 0 that lets everything pass; narrow it down. */
    public static FlowRule permit() {
        return new FlowRule(true, 0, Optional.empty(), Optional.empty(), Ipv4Prefix.ANY, Ipv4Prefix.ANY, 0, LAST_PORT);
    }

    /** The same with another priority. */
    public FlowRule at(int newPriority) {
        return new FlowRule(allow, newPriority, vpc, traffic, source, destination, lowPort, highPort);
    }

    /** The same for one virtual network. */
    public FlowRule in(String newVpc) {
        return new FlowRule(allow, priority, Optional.of(newVpc), traffic, source, destination, lowPort, highPort);
    }

    /** The same for one kind of traffic. */
    public FlowRule of(Traffic newTraffic) {
        return new FlowRule(allow, priority, vpc, Optional.of(newTraffic), source, destination, lowPort, highPort);
    }

    /** The same from some sources, such as {@code 10.0.0.1} or {@code 10.0.0.0/8}; EINVAL for another form. */
    public FlowRule from(String prefix) {
        return new FlowRule(allow, priority, vpc, traffic, Ipv4Prefix.parse(prefix), destination, lowPort, highPort);
    }

    /** The same to some destinations; EINVAL as for {@link #from}. */
    public FlowRule to(String prefix) {
        return new FlowRule(allow, priority, vpc, traffic, source, Ipv4Prefix.parse(prefix), lowPort, highPort);
    }

    /** The same for destination ports from {@code low} to {@code high}; EINVAL if they are none. */
    public FlowRule ports(int low, int high) {
        return new FlowRule(allow, priority, vpc, traffic, source, destination, low, high);
    }

    /** Whether it is about a packet. */
    public boolean matches(String packetVpc, Traffic kind, int from, int to, int toPort) {
        return toPort >= lowPort && toPort <= highPort && source.contains(from) && destination.contains(to)
                && (traffic.isEmpty() || traffic.get() == kind) && (vpc.isEmpty() || vpc.get().equals(packetVpc));
    }
}
