package io.erdma.model.spec;

/** What passes the card. */
public enum Traffic {
    /** TCP of the hosts: connection set-up. */
    STREAM,
    /** Messages of RDMA connections. */
    RDMA
}
