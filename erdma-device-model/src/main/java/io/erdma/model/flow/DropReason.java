package io.erdma.model.flow;

/** Why the card drops a packet. */
public enum DropReason {
    /** The vport is switched off, the sender's or the receiver's. */
    PORT_OFF,
    /** The source MAC address is not the vport's. */
    SPOOFED_MAC,
    /** The source IPv4 address is none of the vport's. */
    SPOOFED_ADDRESS,
    /** No vport of the sender's VPC has the destination address. */
    NO_PEER,
    /** An explicit rule denies it. */
    DENIED,
    /** Over the limit of bits a second that the vport may send. */
    TRANSMIT_BITS,
    /** Over the limit of packets a second that the vport may send. */
    TRANSMIT_PACKETS,
    /** Over the limit of bits a second that the vport may receive. */
    RECEIVE_BITS,
    /** Over the limit of packets a second that the vport may receive. */
    RECEIVE_PACKETS
}
