package io.erdma.cm;

/**
 * What a connection manager's event says (librdmacm: {@code enum rdma_cm_event_type}, in its order). Those that are not here no iWARP device has: ROUTE_ERROR (the
 * route is TCP's), CONNECT_RESPONSE (both sides know that they are connected, whoever made the QP), MULTICAST_*, ADDR_CHANGE (of bonds), TIMEWAIT_EXIT
 * (InfiniBand's), ADDRINFO_ERROR (of a subnet's services; else the call itself is refused).
 */
public enum RdmaCmEventType {
    /** The destination is reached over a device of ours. */
    ADDR_RESOLVED,
    /** It is not: ENETUNREACH without a route, ENODEV without a device on it, EADDRNOTAVAIL without a source address. */
    ADDR_ERROR,
    /** The id can be connected. */
    ROUTE_RESOLVED,
    /** A listener got a request; the event's id is new. */
    CONNECT_REQUEST,
    /** The connection failed: EIO, EINVAL. */
    CONNECT_ERROR,
    /** No answer: ETIMEDOUT. */
    UNREACHABLE,
    /** The peer refused or rejected: ECONNRESET, ECONNREFUSED. */
    REJECTED,
    /** The connection stands. */
    ESTABLISHED,
    /** The connection is closed, by either side. */
    DISCONNECTED,
    /** The device goes away; nothing but closing the id is left to do. */
    DEVICE_REMOVAL,
    /** The address that was asked for can be queried. */
    ADDRINFO_RESOLVED
}
