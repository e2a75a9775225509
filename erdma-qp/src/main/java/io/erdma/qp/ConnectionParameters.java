package io.erdma.qp;

import io.erdma.hw.CongestionControl;

/**
 * What MODIFY_QP to RTS tells the device: the stream's 4-tuple and sequence numbers, and what the MPA frames agreed on. Data sheet: §5.1, command
 * 3.
 *
 * @param congestionControl what both sides use
 * @param peerCookie the cookie of the peer's QP, from its MPA frame
 * @param sourceAddress own IPv4 address as a number, 10.0.0.1 being 0x0A000001
 * @param sourcePort own TCP port
 * @param destinationAddress the peer's IPv4 address
 * @param destinationPort the peer's TCP port
 * @param sendSequence next sequence number to send, as the stream has it now
 * @param receiveSequence next sequence number to receive
 * @param replyBytes length of the MPA reply that the passive side sends after this command, private data included; 0 on the active side
 */
public record ConnectionParameters(CongestionControl congestionControl, int peerCookie, int sourceAddress,
        int sourcePort,
        int destinationAddress, int destinationPort, int sendSequence, int receiveSequence, int replyBytes) {}
