package io.erdma.core.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;

/**
 * A network interface: its state and the settings that an administrator may change. Reads are safe from any thread; changes take the registry's
 * lock and tell its observers before they return.
 */
public final class Netdev {
    /** Smallest MTU of IPv4. */
    public static final int MIN_MTU = 68;
    /** Largest MTU taken. */
    public static final int MAX_MTU = 65535;

    private final NetdevRegistry registry;
    private final String name;
    private final int index;
    private final MacAddress permanentAddress;
    private final int speedMbits;
    private volatile MacAddress address;
    private volatile List<Inet4Address> addresses = List.of();
    private volatile int mtu;
    private volatile boolean up;
    private volatile boolean carrier = true;

    Netdev(NetdevRegistry registry, String name, int index, MacAddress permanentAddress, int mtu, int speedMbits) {
        this.registry = registry;
        this.name = name;
        this.index = index;
        this.permanentAddress = permanentAddress;
        this.address = permanentAddress;
        this.mtu = mtu;
        this.speedMbits = speedMbits;
    }

    /** Name, such as {@code eth0}. */
    public String name() {
        return name;
    }

    /** Interface index, from 1. */
    public int index() {
        return index;
    }

    /** The address it was made with; it never changes. */
    public MacAddress permanentAddress() {
        return permanentAddress;
    }

    /** The address in use. */
    public MacAddress address() {
        return address;
    }

    /** IPv4 addresses, in the order in which they were added. */
    public List<Inet4Address> inetAddresses() {
        return addresses;
    }

    /** MTU in bytes. */
    public int mtu() {
        return mtu;
    }

    /** Link speed in Mbit/s. */
    public int speedMbits() {
        return speedMbits;
    }

    /** Whether it is set up. */
    public boolean up() {
        return up;
    }

    /** Whether the link is there. */
    public boolean carrier() {
        return carrier;
    }

    /** Whether traffic flows: up and with carrier. */
    public boolean running() {
        return up && carrier;
    }

    /** Sets it up or down. ENODEV once unregistered. */
    public void setUp(boolean on) {
        registry.change(this, () -> {
            boolean before = running();
            up = on;
            return running() == before ? null : on ? NetdevEvent.UP : NetdevEvent.DOWN;
        });
    }

    /** Plugs or unplugs the link. ENODEV once unregistered. */
    public void setCarrier(boolean on) {
        registry.change(this, () -> {
            boolean before = running();
            carrier = on;
            return running() == before ? null : on ? NetdevEvent.UP : NetdevEvent.DOWN;
        });
    }

    /** Sets the MTU. EINVAL outside {@link #MIN_MTU} … {@link #MAX_MTU}; ENODEV once unregistered. */
    public void setMtu(int bytes) {
        checkMtu(bytes);
        registry.change(this, () -> {
            boolean same = mtu == bytes;
            mtu = bytes;
            return same ? null : NetdevEvent.CHANGE_MTU;
        });
    }

    static void checkMtu(int bytes) {
        if (bytes < MIN_MTU || bytes > MAX_MTU) {
            throw new ErrnoException(Errno.EINVAL, "MTU " + bytes + " is not in " + MIN_MTU + "…" + MAX_MTU);
        }
    }

    /** Sets the MAC address in use. ENODEV once unregistered. */
    public void setAddress(MacAddress newAddress) {
        registry.change(this, () -> {
            boolean same = address.equals(newAddress);
            address = newAddress;
            return same ? null : NetdevEvent.CHANGE_ADDRESS;
        });
    }

    /** Adds an IPv4 address; no effect if it is there. ENODEV once unregistered. */
    public void addInetAddress(Inet4Address added) {
        registry.change(this, () -> {
            if (addresses.contains(added)) {
                return null;
            }
            List<Inet4Address> all = new ArrayList<>(addresses);
            all.add(added);
            addresses = List.copyOf(all);
            return NetdevEvent.CHANGE_INET;
        });
    }

    /** Removes an IPv4 address; no effect if it is not there. ENODEV once unregistered. */
    public void removeInetAddress(Inet4Address removed) {
        registry.change(this, () -> {
            List<Inet4Address> all = new ArrayList<>(addresses);
            boolean had = all.remove(removed);
            addresses = List.copyOf(all);
            return had ? NetdevEvent.CHANGE_INET : null;
        });
    }

    @Override
    public String toString() {
        return name + " (" + address + ")";
    }
}
