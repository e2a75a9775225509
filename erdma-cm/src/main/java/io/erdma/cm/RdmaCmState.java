package io.erdma.cm;

/** States of an {@link RdmaCmId} (kernel: {@code enum rdma_cm_state} of cma_priv.h). */
public enum RdmaCmState {
    /** New. */
    IDLE,
    /** Has an address of its own, or failed to resolve one and may try again. */
    ADDR_BOUND,
    /** Looks for the device that leads to the peer. */
    ADDR_QUERY,
    /** Knows that device. */
    ADDR_RESOLVED,
    /** Looks for the route. */
    ROUTE_QUERY,
    /** May connect. */
    ROUTE_RESOLVED,
    /** Connecting, asked to connect, or connected. */
    CONNECT,
    /** The connection has ended, or did not come about. */
    DISCONNECT,
    /** Waits for connections. */
    LISTEN,
    /** Its device is gone. */
    DEVICE_REMOVAL,
    /** Closed. */
    CLOSED
}
