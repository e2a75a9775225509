package io.erdma.core.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.Inet4Address;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network interfaces of one host and their notifier chain. One lock, the kernel's RTNL, orders all changes and is held while observers run;
 * reads take none.
 */
public final class NetdevRegistry {
    /** Longest name of an interface. */
    public static final int MAX_NAME = 15;

    private static final Logger LOG = LoggerFactory.getLogger(NetdevRegistry.class);
    private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[^/:\\s]+");

    private final ReentrantLock rtnl = new ReentrantLock();
    private final List<Netdev> netdevs = new CopyOnWriteArrayList<>();
    private final List<NetdevObserver> observers = new CopyOnWriteArrayList<>();
    private int nextIndex = 1;

    /** No interfaces. */
    public NetdevRegistry() {}

    /**
     * Adds an interface; it is down and has no address.
     *
     * @param name 1–15 characters, none of them {@code /}, {@code :} or white space, and not {@code .} or {@code ..}, else EINVAL; EEXIST if it is taken
     * @param mtu bytes; EINVAL outside {@link Netdev#MIN_MTU} … {@link Netdev#MAX_MTU}
     * @param speedMbits link speed in Mbit/s
     */
    public Netdev register(String name, MacAddress permanentAddress, int mtu, int speedMbits) {
        if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
            throw new ErrnoException(Errno.EINVAL, "'" + name + "' is no name for an interface");
        }
        Netdev.checkMtu(mtu);
        rtnl.lock();
        try {
            if (byName(name).isPresent()) {
                throw new ErrnoException(Errno.EEXIST, "interface " + name + " exists");
            }
            Netdev netdev = new Netdev(this, name, nextIndex++, permanentAddress, mtu, speedMbits);
            netdevs.add(netdev);
            tell(netdev, NetdevEvent.REGISTER);
            return netdev;
        } finally {
            rtnl.unlock();
        }
    }

    /** Removes an interface: observers hear of it while it is still there. No effect if it is gone. */
    public void unregister(Netdev netdev) {
        rtnl.lock();
        try {
            if (netdevs.contains(netdev)) {
                tell(netdev, NetdevEvent.UNREGISTER);
                netdevs.remove(netdev);
            }
        } finally {
            rtnl.unlock();
        }
    }

    /** All interfaces, in the order of their indices. */
    public List<Netdev> all() {
        return List.copyOf(netdevs);
    }

    /** The interface of a name. */
    public Optional<Netdev> byName(String name) {
        return netdevs.stream().filter(n -> n.name().equals(name)).findFirst();
    }

    /** The interface that has an IPv4 address. */
    public Optional<Netdev> byInetAddress(Inet4Address address) {
        return netdevs.stream().filter(n -> n.inetAddresses().contains(address)).findFirst();
    }

    /** Adds an observer. Interfaces that are there already are not reported. Closing the result takes it away. */
    public Subscription subscribe(NetdevObserver observer) {
        observers.add(observer);
        return () -> observers.remove(observer);
    }

    /** Runs something as {@link #locked(Supplier)} does. */
    public void locked(Runnable action) {
        rtnl.lock();
        try {
            action.run();
        } finally {
            rtnl.unlock();
        }
    }

    /** Runs something while nothing about the interfaces changes. The lock is reentrant and comes before every other lock of the stack. */
    public <T> T locked(Supplier<T> action) {
        rtnl.lock();
        try {
            return action.get();
        } finally {
            rtnl.unlock();
        }
    }

    /** A place in the notifier chain. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        /** Leaves the chain; an event that is being delivered may still arrive. */
        @Override
        void close();
    }

    void change(Netdev netdev, Supplier<@Nullable NetdevEvent> change) {
        rtnl.lock();
        try {
            if (!netdevs.contains(netdev)) {
                throw new ErrnoException(Errno.ENODEV, "interface " + netdev.name() + " is gone");
            }
            NetdevEvent event = change.get();
            if (event != null) {
                tell(netdev, event);
            }
        } finally {
            rtnl.unlock();
        }
    }

    private void tell(Netdev netdev, NetdevEvent event) {
        for (NetdevObserver observer : observers) {
            try {
                observer.changed(netdev, event);
            } catch (RuntimeException e) {
                // the change stands and the others must hear of it
                LOG.debug("an observer of {} failed at {}", netdev, event, e);
            }
        }
    }
}
