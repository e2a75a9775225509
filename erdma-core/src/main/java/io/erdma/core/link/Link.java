package io.erdma.core.link;

import io.erdma.core.net.Netdev;

/** A link as its type made it. */
public interface Link {
    /** Its name, unique in the host. */
    String name();

    /** Name of its type. */
    String type();

    /** The interface that it is bound to. */
    Netdev netdev();

    /** Takes the link away: users are told, objects are flushed and destroyed. Called once by the registry, with its lock held. */
    void remove();
}
