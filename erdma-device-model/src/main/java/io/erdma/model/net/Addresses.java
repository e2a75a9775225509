package io.erdma.model.net;

import io.erdma.model.spec.Ipv4;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The addresses of a network as objects. Connections name the same few, and so share them. Thread-safe. */
final class Addresses {
    private static final int KEPT = 256;

    /** Those that were asked for last, each in the one place that it can have. */
    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(KEPT);

    private record Known(int bits, Inet4Address address) {}

    /** Where a stream ends. */
    InetSocketAddress end(int bits, int port) {
        int place = (bits ^ bits >>> 8 ^ bits >>> 16) & (KEPT - 1);
        Known there = known.get(place);
        if (there == null || there.bits != bits) {
            there = new Known(bits, Ipv4.of(bits));
            known.set(place, there);
        }
        return new InetSocketAddress(there.address, port);
    }
}
