package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * One tenant's attachment to the card: a netdev and ERDMA functions, all with one MAC address (device-behaviour §1). EINVAL for a value out of its
 * range, EEXIST for an address that is named twice.
 *
 * @param name the tenant's name: 1–63 characters, no blanks and none of {@code #=}
 * @param vpc name of the virtual network; same rule
 * @param mac MAC address of the netdev and of the functions; not multicast, not zero
 * @param addresses IPv4 addresses that are the vport's own; unicast. The netdev begins with these
 * @param netdev name of the netdev, 1–15 characters
 * @param mtu MTU of the netdev in bytes
 * @param speedMbits link speed in Mbit/s, from 1
 * @param functions the ERDMA functions, 0–8
 * @param transmit limits of what the vport sends
 * @param receive limits of what it receives
 */
public record VportSpec(
        String name,
        String vpc,
        MacAddress mac,
        List<Inet4Address> addresses,
        String netdev,
        int mtu,
        int speedMbits,
        List<FunctionSpec> functions,
        MeterSpec transmit,
        MeterSpec receive) {
    private static final int LONGEST_NAME = 63;
    private static final int MOST_FUNCTIONS = 8;

    /** Checks the values. */
    public VportSpec {
        addresses = List.copyOf(addresses);
        functions = List.copyOf(functions);
        requireName("vport", name);
        requireName("VPC", vpc);
        require((mac.octet(0) & 1) == 0 && mac.bits() != 0, "a vport can't have MAC address " + mac);
        for (Inet4Address address : addresses) {
            require(Ipv4.isUnicast(address), "a vport can't have address " + address.getHostAddress());
        }
        if (new HashSet<>(addresses).size() != addresses.size()) {
            throw new ErrnoException(Errno.EEXIST, "vport " + name + " names an address twice: " + addresses);
        }
        require(!netdev.isEmpty() && netdev.length() <= NetdevRegistry.MAX_NAME, "netdev name '" + netdev + "'");
        require(mtu >= Netdev.MIN_MTU && mtu <= Netdev.MAX_MTU, "MTU " + mtu);
        require(speedMbits > 0, "speed of " + speedMbits + " Mbit/s");
        require(functions.size() <= MOST_FUNCTIONS, functions.size() + " functions");
    }

    /** A builder of a vport with netdev {@code eth0} of MTU 1500 and 25 Gbit/s, one default function and no limits. */
    public static Builder builder(String name, String vpc, String mac, String... addresses) {
        return new Builder(name, vpc, MacAddress.parse(mac)).addresses(addresses);
    }

    private static void requireName(String what, String name) {
        boolean good = !name.isEmpty() && name.length() <= LONGEST_NAME
                && name.chars().noneMatch(c -> Character.isWhitespace(c) || c == '#' || c == '=');
        require(good, what + " name '" + name + "'");
    }

    private static void require(boolean good, String message) {
        if (!good) {
            throw new ErrnoException(Errno.EINVAL, message);
        }
    }

    /** Builds a vport. */
    public static final class Builder {
        private final String name;
        private final String vpc;
        private final MacAddress mac;
        private final List<Inet4Address> addresses = new ArrayList<>();
        private String netdev = "eth0";
        private int mtu = 1500;
        private int speedMbits = 25_000;
        private List<FunctionSpec> functions = List.of(FunctionSpec.defaults());
        private MeterSpec transmit = MeterSpec.UNLIMITED;
        private MeterSpec receive = MeterSpec.UNLIMITED;

        private Builder(String name, String vpc, MacAddress mac) {
            this.name = name;
            this.vpc = vpc;
            this.mac = mac;
        }

        /** Adds addresses; EINVAL for one that is none. */
        public Builder addresses(String... added) {
            for (String address : added) {
                addresses.add(Ipv4.parse(address));
            }
            return this;
        }

        /** See {@link VportSpec#netdev()}. */
        public Builder netdev(String newName) {
            netdev = newName;
            return this;
        }

        /** See {@link VportSpec#mtu()}. */
        public Builder mtu(int bytes) {
            mtu = bytes;
            return this;
        }

        /** See {@link VportSpec#speedMbits()}. */
        public Builder speedMbits(int speed) {
            speedMbits = speed;
            return this;
        }

        /** See {@link VportSpec#functions()}; replaces the default one. */
        public Builder functions(FunctionSpec... specs) {
            functions = List.of(specs);
            return this;
        }

        /** See {@link VportSpec#transmit()}. */
        public Builder transmit(MeterSpec limits) {
            transmit = limits;
            return this;
        }

        /** See {@link VportSpec#receive()}. */
        public Builder receive(MeterSpec limits) {
            receive = limits;
            return this;
        }

        /** The vport. EINVAL, EEXIST as {@link VportSpec} says. */
        public VportSpec build() {
            return new VportSpec(name, vpc, mac, addresses, netdev, mtu, speedMbits, functions, transmit, receive);
        }
    }
}
