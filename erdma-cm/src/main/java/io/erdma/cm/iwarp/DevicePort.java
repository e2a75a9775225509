package io.erdma.cm.iwarp;

import io.erdma.core.net.Netdev;
import java.util.Optional;

/** A device as the connection manager uses it. Equal when they stand for the same device. Thread-safe. */
public interface DevicePort {
    /** For people. */
    String name();

    /** The interface that it is bound to. */
    Netdev netdev();

    /** Most READs and atomics in flight towards a QP. */
    int maxIrd();

    /** Most READs and atomics in flight from a QP. */
    int maxOrd();

    /** Whether it is still registered. */
    boolean alive();

    /** A QP by its number, with a reference that the caller gives back; empty if there is none, or the device is gone. */
    Optional<QpPort> acquire(int qpn);
}
