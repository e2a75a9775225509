package io.erdma.core.net;

/** Hears of changes of network interfaces. */
@FunctionalInterface
public interface NetdevObserver {
    /** Called in the thread that made the change, with the registry's lock held: it may issue device commands but must not wait for other threads. What it throws is logged at debug level; the change stands. */
    void changed(Netdev netdev, NetdevEvent event);
}
