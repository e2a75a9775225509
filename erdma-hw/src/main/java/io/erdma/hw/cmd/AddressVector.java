package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Address vector, 36 bytes, 4-byte aligned, part of MODIFY_QP on RoCEv2 and of CREATE_AH; since Linux 7.3.
 *
 * <pre>
 *  0 cfg0: 20 IPv6 flag, 19:0 flow label
 *  4 traffic class, 5 hop limit, 6 SL, 7 –
 *  8 UDP source port (16), 10 SGID index (16)
 * 12 destination MAC (6), 2 –
 * 20 destination GID (16)
 * </pre>
 *
 * Data sheet: §5.1, command 3.
 */
public final class AddressVector {
    /** Size. */
    public static final int BYTES = 36;

    private static final WordField IPV6 = WordField.of(0, 20, 20);
    private static final WordField FLOW_LABEL = WordField.of(0, 19, 0);
    private static final WordField TRAFFIC_CLASS = WordField.of(4, 7, 0);
    private static final WordField HOP_LIMIT = WordField.of(4, 15, 8);
    private static final WordField SL = WordField.of(4, 23, 16);
    private static final WordField UDP_SOURCE_PORT = WordField.of(8, 15, 0);
    private static final WordField SGID_INDEX = WordField.of(8, 31, 16);
    private static final long GID_HIGH = 20;
    private static final long GID_LOW = 28;
    private static final long MAC_HIGH = 12; // 4 bytes
    private static final long MAC_LOW = 16; // 2 bytes

    private AddressVector() {}

    /** Whether the GID is an IPv6 address. */
    public static boolean ipv6(MemorySegment av, long offset) {
        return IPV6.isSet(av, offset);
    }

    /** Sets {@link #ipv6}. */
    public static void setIpv6(MemorySegment av, long offset, boolean ipv6) {
        IPV6.set(av, offset, ipv6);
    }

    /** Flow label, 20 bits. */
    public static int flowLabel(MemorySegment av, long offset) {
        return FLOW_LABEL.get(av, offset);
    }

    /** Sets {@link #flowLabel}, or EINVAL if it does not fit. */
    public static void setFlowLabel(MemorySegment av, long offset, int flowLabel) {
        FLOW_LABEL.set(av, offset, flowLabel);
    }

    /** Traffic class, 8 bits. */
    public static int trafficClass(MemorySegment av, long offset) {
        return TRAFFIC_CLASS.get(av, offset);
    }

    /** Sets {@link #trafficClass}, or EINVAL if it does not fit. */
    public static void setTrafficClass(MemorySegment av, long offset, int trafficClass) {
        TRAFFIC_CLASS.set(av, offset, trafficClass);
    }

    /** Hop limit, 8 bits. */
    public static int hopLimit(MemorySegment av, long offset) {
        return HOP_LIMIT.get(av, offset);
    }

    /** Sets {@link #hopLimit}, or EINVAL if it does not fit. */
    public static void setHopLimit(MemorySegment av, long offset, int hopLimit) {
        HOP_LIMIT.set(av, offset, hopLimit);
    }

    /** Service level, 8 bits. */
    public static int sl(MemorySegment av, long offset) {
        return SL.get(av, offset);
    }

    /** Sets {@link #sl}, or EINVAL if it does not fit. */
    public static void setSl(MemorySegment av, long offset, int sl) {
        SL.set(av, offset, sl);
    }

    /** UDP source port. */
    public static int udpSourcePort(MemorySegment av, long offset) {
        return UDP_SOURCE_PORT.get(av, offset);
    }

    /** Sets {@link #udpSourcePort}, or EINVAL if it does not fit. */
    public static void setUdpSourcePort(MemorySegment av, long offset, int udpSourcePort) {
        UDP_SOURCE_PORT.set(av, offset, udpSourcePort);
    }

    /** Index of the source GID. */
    public static int sgidIndex(MemorySegment av, long offset) {
        return SGID_INDEX.get(av, offset);
    }

    /** Sets {@link #sgidIndex}, or EINVAL if it does not fit. */
    public static void setSgidIndex(MemorySegment av, long offset, int sgidIndex) {
        SGID_INDEX.set(av, offset, sgidIndex);
    }

    /** First 8 bytes of the destination GID as a number, most significant first. */
    public static long gidHigh(MemorySegment av, long offset) {
        return Words.be64(av, offset + GID_HIGH);
    }

    /** Sets {@link #gidHigh}. */
    public static void setGidHigh(MemorySegment av, long offset, long gidHigh) {
        Words.setBe64(av, offset + GID_HIGH, gidHigh);
    }

    /** Last 8 bytes of the destination GID as a number, most significant first. */
    public static long gidLow(MemorySegment av, long offset) {
        return Words.be64(av, offset + GID_LOW);
    }

    /** Sets {@link #gidLow}. */
    public static void setGidLow(MemorySegment av, long offset, long gidLow) {
        Words.setBe64(av, offset + GID_LOW, gidLow);
    }

    /** Destination MAC, a 48-bit number whose most significant byte is the first octet. */
    public static long destinationMac(MemorySegment av, long offset) {
        return Integer.toUnsignedLong(Words.be32(av, offset + MAC_HIGH)) << 16 | Words.be16(av, offset + MAC_LOW);
    }

    /** Sets {@link #destinationMac}, or EINVAL if it does not fit. */
    public static void setDestinationMac(MemorySegment av, long offset, long destinationMac) {
        long mac = Checks.unsigned48(destinationMac);
        Words.setBe32(av, offset + MAC_HIGH, (int) (mac >>> 16));
        Words.setBe16(av, offset + MAC_LOW, (int) mac);
    }
}
