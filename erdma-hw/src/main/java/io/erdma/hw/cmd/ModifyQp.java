package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request MODIFY_QP on an iWARP function. Only RTS fills in all fields; for CLOSING, TERMINATE and ERROR all from 12 on is garbage and the
 * congestion control 0. IDLE and RTR are never sent.
 *
 * <pre>
 *  8 cfg: 31:24 state, 23:20 congestion control, 19:0 QPN
 * 12 cookie of the peer
 * 16 destination IPv4 (BE), 20 source IPv4 (BE)
 * 24 source port (BE, 16), 26 destination port (BE, 16)
 * 28 next send sequence
 * 32 next receive sequence
 * </pre>
 *
 * Data sheet: §5.1, command 3.
 */
public final class ModifyQp {
    private static final WordField STATE = WordField.of(8, 31, 24);
    private static final WordField CONGESTION_CONTROL = WordField.of(8, 23, 20);
    private static final WordField QPN = WordField.of(8, 19, 0);
    private static final WordField PEER_COOKIE = WordField.of(12, 31, 0);
    private static final long DESTINATION_IPV4 = 16;
    private static final long SOURCE_IPV4 = 20;
    private static final long SOURCE_PORT = 24;
    private static final long DESTINATION_PORT = 26;
    private static final WordField SEND_SEQUENCE = WordField.of(28, 31, 0);
    private static final WordField RECEIVE_SEQUENCE = WordField.of(32, 31, 0);

    private ModifyQp() {}

    /** Number of an {@link io.erdma.hw.IwarpQpState}. */
    public static int state(MemorySegment command, long offset) {
        return STATE.get(command, offset);
    }

    /** Sets {@link #state}, or EINVAL if it does not fit. */
    public static void setState(MemorySegment command, long offset, int state) {
        STATE.set(command, offset, state);
    }

    /** Number of a {@link io.erdma.hw.CongestionControl}. */
    public static int congestionControl(MemorySegment command, long offset) {
        return CONGESTION_CONTROL.get(command, offset);
    }

    /** Sets {@link #congestionControl}, or EINVAL if it does not fit. */
    public static void setCongestionControl(MemorySegment command, long offset, int congestionControl) {
        CONGESTION_CONTROL.set(command, offset, congestionControl);
    }

    /** QPN, 20 bits. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}, or EINVAL if it does not fit. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }

    /** What the peer's CREATE_QP answered, from its MPA frame. */
    public static int peerCookie(MemorySegment command, long offset) {
        return PEER_COOKIE.get(command, offset);
    }

    /** Sets {@link #peerCookie}. */
    public static void setPeerCookie(MemorySegment command, long offset, int peerCookie) {
        PEER_COOKIE.set(command, offset, peerCookie);
    }

    /** Address of the peer as a number: 10.0.0.2 is 0x0A000002. */
    public static int destinationIpv4(MemorySegment command, long offset) {
        return Words.be32(command, offset + DESTINATION_IPV4);
    }

    /** Sets {@link #destinationIpv4}. */
    public static void setDestinationIpv4(MemorySegment command, long offset, int destinationIpv4) {
        Words.setBe32(command, offset + DESTINATION_IPV4, destinationIpv4);
    }

    /** Own address as a number. */
    public static int sourceIpv4(MemorySegment command, long offset) {
        return Words.be32(command, offset + SOURCE_IPV4);
    }

    /** Sets {@link #sourceIpv4}. */
    public static void setSourceIpv4(MemorySegment command, long offset, int sourceIpv4) {
        Words.setBe32(command, offset + SOURCE_IPV4, sourceIpv4);
    }

    /** Own TCP port. */
    public static int sourcePort(MemorySegment command, long offset) {
        return Words.be16(command, offset + SOURCE_PORT);
    }

    /** Sets {@link #sourcePort}, or EINVAL if it does not fit. */
    public static void setSourcePort(MemorySegment command, long offset, int sourcePort) {
        Words.setBe16(command, offset + SOURCE_PORT, Checks.unsigned16(sourcePort));
    }

    /** TCP port of the peer. */
    public static int destinationPort(MemorySegment command, long offset) {
        return Words.be16(command, offset + DESTINATION_PORT);
    }

    /** Sets {@link #destinationPort}, or EINVAL if it does not fit. */
    public static void setDestinationPort(MemorySegment command, long offset, int destinationPort) {
        Words.setBe16(command, offset + DESTINATION_PORT, Checks.unsigned16(destinationPort));
    }

    /** Next sequence number to send; on the passive side past the MPA reply. */
    public static int sendSequence(MemorySegment command, long offset) {
        return SEND_SEQUENCE.get(command, offset);
    }

    /** Sets {@link #sendSequence}. */
    public static void setSendSequence(MemorySegment command, long offset, int sendSequence) {
        SEND_SEQUENCE.set(command, offset, sendSequence);
    }

    /** Next sequence number to receive. */
    public static int receiveSequence(MemorySegment command, long offset) {
        return RECEIVE_SEQUENCE.get(command, offset);
    }

    /** Sets {@link #receiveSequence}. */
    public static void setReceiveSequence(MemorySegment command, long offset, int receiveSequence) {
        RECEIVE_SEQUENCE.set(command, offset, receiveSequence);
    }
}
