package io.erdma.tests.conformance.walk;

import io.erdma.hw.CongestionControl;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.DeviceQp;
import io.erdma.verbs.ErdmaDevice;
import java.net.Inet4Address;
import java.nio.ByteBuffer;

/** Connects QPs without TCP: the card joins them by their 4-tuples alone. */
final class Connections {
    /** READs in flight that the peers agree on. */
    static final int READS_IN_FLIGHT = 16;

    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 50_000;

    private int made;

    /** A QP, by number. */
    record End(ErdmaDevice device, int qpn) {
        DeviceQp acquire() {
            return device.acquireQp(qpn).orElseThrow();
        }

        int address() {
            Inet4Address address = device.netdev().inetAddresses().getFirst();
            return ByteBuffer.wrap(address.getAddress()).getInt();
        }
    }

    /** Moves both to RTS, on ports of their own; the second one only where the first went. */
    void connect(End first, End second) {
        int port = FIRST_PORT + 2 * made++ % PORTS;
        move(first, port, second, port + 1);
        move(second, port + 1, first, port);
    }

    private static void move(End from, int port, End to, int peerPort) {
        DeviceQp qp = from.acquire();
        DeviceQp peer = to.acquire();
        try {
            qp.connect(new ConnectionParameters(CongestionControl.CUBIC, peer.cookie(), from.address(), port,
                    to.address(), peerPort, 1, 1, 0), READS_IN_FLIGHT, READS_IN_FLIGHT);
        } finally {
            qp.release();
            peer.release();
        }
    }
}
