package io.erdma.core.link;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevEvent;
import io.erdma.core.net.NetdevRegistry;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Predicate;

/**
 * newlink and dellink of one host (kernel: {@code nldev_newlink}, {@code nldev_dellink}; driver-behaviour §3). Nothing is bound implicitly. A link
 * goes away when its interface is unregistered or changes its address. Thread-safe: everything happens under the lock of the interfaces
 * ({@link NetdevRegistry#locked}), so no interface can go while a link is being bound to it.
 */
public final class LinkRegistry implements AutoCloseable {
    /** Longest name of a link. */
    public static final int MAX_LINK_NAME = 63;
    /** Longest name of a link type. */
    public static final int MAX_TYPE_NAME = 15;

    private final NetdevRegistry netdevs;
    private final NetdevRegistry.Subscription subscription;
    private final Map<String, LinkType> types = new LinkedHashMap<>();
    private final Map<String, Link> links = new LinkedHashMap<>();
    /** Interfaces that are being unregistered: an observer behind us in the chain must not bind to them again. */
    private final Set<Netdev> leaving = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean closed;

    /** A registry over the host's interfaces. */
    public LinkRegistry(NetdevRegistry netdevs) {
        this.netdevs = netdevs;
        this.subscription = netdevs.subscribe(this::netdevChanged);
    }

    /** Makes a type known. EINVAL for a name of not 1–15 characters, EEXIST if it is known, ENODEV after {@link #close()}. */
    public void registerType(LinkType type) {
        if (type.name().isEmpty() || type.name().length() > MAX_TYPE_NAME) {
            throw new ErrnoException(Errno.EINVAL, "link type '" + type.name() + "' has not 1…15 characters");
        }
        netdevs.locked(() -> {
            if (closed) {
                throw new ErrnoException(Errno.ENODEV, "the link registry is closed to type " + type.name());
            }
            if (types.putIfAbsent(type.name(), type) != null) {
                throw new ErrnoException(Errno.EEXIST, "link type " + type.name() + " is registered");
            }
        });
    }

    /** Removes a type and all its links. No effect for an unknown one. */
    public void unregisterType(String typeName) {
        netdevs.locked(() -> {
            if (types.remove(typeName) != null) {
                dropIf(link -> link.type().equals(typeName));
            }
        });
    }

    /** Binds any fitting function to an interface; see {@link #newlink(String, String, String, Optional)}. */
    public Link newlink(String type, String name, String netdev) {
        return newlink(type, name, netdev, Optional.empty());
    }

    /**
     * Makes a link.
     *
     * @param type a registered type; EINVAL if unknown
     * @param name 1–63 characters without {@code %}, else EINVAL; EEXIST if taken
     * @param netdev name of an interface, up to 15 characters, else EINVAL; ENODEV if there is none, EEXIST if it has a link of this type
     * @param function address of the PCI function to bind, or empty to let the type choose
     * @throws ErrnoException as above, or what the type makes of it: ENODEV without a candidate, EINVAL when no candidate fits
     */
    public Link newlink(String type, String name, String netdev, Optional<String> function) {
        checkNames(type, name, netdev);
        return netdevs.locked(() -> bind(type, name, netdev, function));
    }

    private Link bind(String type, String name, String netdev, Optional<String> function) {
        LinkType linkType = types.get(type);
        if (linkType == null) {
            throw new ErrnoException(Errno.EINVAL, "unknown link type '" + type + "'; known: " + types.keySet());
        }
        Netdev device = netdevs.byName(netdev).filter(found -> !leaving.contains(found))
                .orElseThrow(() -> new ErrnoException(Errno.ENODEV, "no interface '" + netdev + "'"));
        if (links.containsKey(name)) {
            throw new ErrnoException(Errno.EEXIST, "link " + name + " exists");
        }
        for (Link other : links.values()) {
            if (other.netdev() == device && other.type().equals(type)) {
                throw new ErrnoException(Errno.EEXIST, netdev + " has the " + type + " link " + other.name());
            }
        }
        Link link = linkType.create(name, device, function);
        links.put(name, link);
        return link;
    }

    private static void checkNames(String type, String name, String netdev) {
        if (name.isEmpty() || name.length() > MAX_LINK_NAME || name.contains("%")) {
            throw new ErrnoException(Errno.EINVAL, "link name '" + name + "' is empty, too long or has a %");
        }
        if (type.isEmpty() || type.length() > MAX_TYPE_NAME) {
            throw new ErrnoException(Errno.EINVAL, "link type '" + type + "' has not 1…15 characters");
        }
        if (netdev.isEmpty() || netdev.length() > NetdevRegistry.MAX_NAME) {
            throw new ErrnoException(Errno.EINVAL, "interface name '" + netdev + "' has not 1…15 characters");
        }
    }

    /** Removes a link. ENODEV if there is none of that name. What {@link Link#remove()} throws is passed on; the link is gone all the same. */
    public void dellink(String name) {
        netdevs.locked(() -> {
            Link link = links.get(name);
            if (link == null) {
                throw new ErrnoException(Errno.ENODEV, "no link '" + name + "'");
            }
            drop(link);
        });
    }

    /** Forgets a link that its type has taken away by itself, without calling {@link Link#remove()}. No effect for another one. */
    public void forget(Link link) {
        netdevs.locked(() -> links.remove(link.name(), link));
    }

    /** All links, in the order in which they were made. */
    public List<Link> links() {
        return netdevs.locked(() -> List.copyOf(links.values()));
    }

    private void netdevChanged(Netdev netdev, NetdevEvent event) {
        if (event == NetdevEvent.UNREGISTER) {
            leaving.add(netdev);
        }
        if (event == NetdevEvent.UNREGISTER || event == NetdevEvent.CHANGE_ADDRESS) {
            dropIf(link -> link.netdev() == netdev);
        }
    }

    /** One link that fails to go does not keep the others; its exception is thrown at the end. */
    private void dropIf(Predicate<Link> doomed) {
        RuntimeException failure = null;
        for (Link link : List.copyOf(links.values())) {
            try {
                if (doomed.test(link)) {
                    drop(link);
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void drop(Link link) {
        links.remove(link.name());
        link.remove();
    }

    /** Removes all links and leaves the notifier chain. Idempotent. */
    @Override
    public void close() {
        subscription.close();
        netdevs.locked(() -> {
            closed = true;
            types.clear();
            dropIf(link -> true);
        });
    }
}
