package io.erdma.core.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.regex.Pattern;

/**
 * An Ethernet address.
 *
 * @param bits 48 bits; the most significant byte is the first octet
 */
public record MacAddress(long bits) {
    private static final Pattern FORM = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final long MASK = 0xFFFF_FFFF_FFFFL;

    /** EINVAL for a value of more than 48 bits. */
    public MacAddress {
        if ((bits & ~MASK) != 0) {
            throw new ErrnoException(Errno.EINVAL, "0x%x is no 48-bit address".formatted(bits));
        }
    }

    /** Reads {@code 00:16:3e:00:00:01}; EINVAL for another form. */
    public static MacAddress parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new ErrnoException(Errno.EINVAL, "'" + text + "' is no MAC address");
        }
        return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
    }

    /** Octet {@code index}, 0–5, as 0–255. */
    public int octet(int index) {
        return (int) (bits >>> (40 - 8 * index)) & 0xFF;
    }

    @Override
    public String toString() {
        return "%02x:%02x:%02x:%02x:%02x:%02x"
                .formatted(octet(0), octet(1), octet(2), octet(3), octet(4), octet(5));
    }
}
