package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/** IPv4 addresses as objects, as text and as the 32-bit numbers that rules and 4-tuples are made of. */
public final class Ipv4 {
    private static final Pattern DOTTED_QUAD = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final int MULTICAST_AND_ABOVE = 0xE0;
    private static final int LOOPBACK = 0x7F;

    private Ipv4() {}

    /** Reads {@code 10.0.0.1}; never asks a name service. EINVAL for another form. */
    public static Inet4Address parse(String text) {
        if (!DOTTED_QUAD.matcher(text).matches()) {
            throw notAnAddress(text);
        }
        int bits = 0;
        for (String octet : text.split("\\.", -1)) {
            int value = Integer.parseInt(octet);
            if (value > 0xFF) {
                throw notAnAddress(text);
            }
            bits = bits << 8 | value;
        }
        return of(bits);
    }

    private static ErrnoException notAnAddress(String text) {
        return new ErrnoException(Errno.EINVAL, "'" + text + "' is no IPv4 address");
    }

    /** The address whose first octet is the most significant byte. */
    public static Inet4Address of(int bits) {
        byte[] octets = ByteBuffer.allocate(Integer.BYTES).putInt(bits).array();
        try {
            return (Inet4Address) InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four octets are an address", e);
        }
    }

    /** The number of an address; the first octet is the most significant byte. */
    public static int bits(Inet4Address address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    /** Whether one host can have it: not 0.x, not loopback, not multicast or above. */
    public static boolean isUnicast(Inet4Address address) {
        int first = bits(address) >>> 24;
        return first != 0 && first != LOOPBACK && first < MULTICAST_AND_ABOVE;
    }
}
