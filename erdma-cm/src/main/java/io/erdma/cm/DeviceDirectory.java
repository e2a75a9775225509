package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.core.net.Netdev;
import io.erdma.verbs.ErdmaDevice;
import java.util.List;
import java.util.Optional;

/** The devices of a host, as far as the connection manager wants to know of them. Thread-safe. */
interface DeviceDirectory {
    /** All devices. */
    List<DevicePort> all();

    /** The device that is bound to an interface. */
    Optional<DevicePort> byNetdev(Netdev netdev);

    /** The device itself, to create objects on. */
    Optional<ErdmaDevice> verbs(DevicePort port);

    /** Adds an observer; closing the result takes it away. */
    Subscription subscribe(Observer observer);

    /** Hears of devices, with locks of the host held: it must not wait for other threads. */
    interface Observer {
        /** It can be used. */
        void added(DevicePort device);

        /** It is no longer {@linkplain DevicePort#alive() alive}. */
        void removed(DevicePort device);
    }

    /** A place among the observers. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
