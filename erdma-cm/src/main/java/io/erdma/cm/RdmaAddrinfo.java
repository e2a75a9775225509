package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What a node and a service stand for (librdmacm: {@code struct rdma_addrinfo}): a TCP address of IPv4, on RC QPs.
 *
 * @param passive it is one to bind and listen to, not one to connect to (librdmacm: {@code RAI_PASSIVE})
 * @param address the address
 */
public record RdmaAddrinfo(boolean passive, InetSocketAddress address) {
    private static final int MAX_PORT = 65535;

    /**
     * Translates a node and a service (librdmacm: {@code rdma_getaddrinfo}). Numbers only: a host has no names here.
     *
     * @param node an IPv4 address in figures; empty stands for all of this host's, if {@code passive}
     * @param service a port, 0–65535; 0 for any free one, if {@code passive}
     * @throws ErrnoException EINVAL: no port, or no node to connect to; ENOENT: a name; EAFNOSUPPORT: an IPv6 address
     */
    public static RdmaAddrinfo of(String node, String service, boolean passive) {
        int port = port(service);
        if (!passive && (node.isEmpty() || port == 0)) {
            throw new ErrnoException(Errno.EINVAL, "nothing to connect to: \"" + node + "\", port " + port);
        }
        return new RdmaAddrinfo(passive, node.isEmpty()
                ? new InetSocketAddress(port)
                : new InetSocketAddress(address(node), port));
    }

    private static int port(String service) {
        try {
            int port = Integer.parseInt(service);
            if (port >= 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // no number, no port
        }
        throw new ErrnoException(Errno.EINVAL, "\"" + service + "\" is no port");
    }

    private static InetAddress address(String node) {
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(node);
        } catch (IllegalArgumentException e) {
            throw new ErrnoException(Errno.ENOENT, "\"" + node + "\" is no address in figures", e);
        }
        if (!(address instanceof Inet4Address)) {
            throw new ErrnoException(Errno.EAFNOSUPPORT, node + " is no IPv4 address");
        }
        return address;
    }
}
