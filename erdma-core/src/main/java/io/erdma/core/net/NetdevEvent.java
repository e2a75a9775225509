package io.erdma.core.net;

/** What happened to a network interface (kernel: {@code NETDEV_*}). */
public enum NetdevEvent {
    /** It appeared. */
    REGISTER,
    /** It was set up, or its carrier came. */
    UP,
    /** It was set down, or its carrier went. */
    DOWN,
    /** Its MTU changed. */
    CHANGE_MTU,
    /** Its current MAC address changed. */
    CHANGE_ADDRESS,
    /** An IPv4 address was added or removed. */
    CHANGE_INET,
    /** It is going away; it is still there during the call. */
    UNREGISTER
}
