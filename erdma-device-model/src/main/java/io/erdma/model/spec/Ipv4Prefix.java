package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;

/**
 * A range of IPv4 addresses that share their first bits.
 *
 * @param bits the address; EINVAL if bits behind the prefix are set
 * @param length how many bits count, 0–32; EINVAL otherwise
 */
public record Ipv4Prefix(int bits, int length) {
    /** Every address. */
    public static final Ipv4Prefix ANY = new Ipv4Prefix(0, 0);

    /** Checks both. */
    public Ipv4Prefix {
        if (length < 0 || length > Integer.SIZE) {
            throw new ErrnoException(Errno.EINVAL, "prefix length " + length + " is not in 0…32");
        }
        if ((bits & ~mask(length)) != 0) {
            throw new ErrnoException(Errno.EINVAL,
                    Ipv4.of(bits).getHostAddress() + " has bits beyond its prefix of " + length);
        }
    }

    /** Reads {@code 10.0.0.0/8}, {@code 10.0.0.1} or {@code any}; EINVAL for another form. */
    public static Ipv4Prefix parse(String text) {
        if ("any".equals(text)) {
            return ANY;
        }
        int slash = text.indexOf('/');
        if (slash < 0) {
            return new Ipv4Prefix(Ipv4.bits(Ipv4.parse(text)), Integer.SIZE);
        }
        try {
            return new Ipv4Prefix(Ipv4.bits(Ipv4.parse(text.substring(0, slash))),
                    Integer.parseInt(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw new ErrnoException(Errno.EINVAL, "'" + text + "' is no IPv4 prefix", e);
        }
    }

    /** Whether an address lies inside. */
    public boolean contains(int address) {
        return ((address ^ bits) & mask(length)) == 0;
    }

    private static int mask(int length) {
        return length == 0 ? 0 : -1 << (Integer.SIZE - length);
    }

    @Override
    public String toString() {
        return length == 0 ? "any" : Ipv4.of(bits).getHostAddress() + (length == Integer.SIZE ? "" : "/" + length);
    }
}
