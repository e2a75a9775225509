package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.CongestionControl;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.QueuePair;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** Two sides whose QPs are in RTS and joined by the card. No TCP is involved: the 4-tuples alone decide. */
record Pair(Side left, Side right) implements AutoCloseable {
    private static final AtomicInteger PORTS = new AtomicInteger(10_000);

    private static final byte[] MESSAGE = "still working".getBytes(StandardCharsets.UTF_8);
    private static final long WORKS_FROM = Side.BYTES - 256;
    private static final long WORKS_TO = Side.BYTES - 128;

    /** Connects two sides on a port of their own. */
    static Pair connected(Side left, Side right) {
        connect(left, right);
        return new Pair(left, right);
    }

    static void connect(Side left, Side right) {
        int leftPort = PORTS.updateAndGet(port -> port >= 60_000 ? 10_000 : port + 2);
        move(left, address(left), leftPort, address(right), leftPort + 1, right.qp.cookie());
        move(right, address(right), leftPort + 1, address(left), leftPort, left.qp.cookie());
    }

    /** Moves one side to RTS with any 4-tuple. */
    static void move(Side side, int source, int sourcePort, int destination, int destinationPort, int peerCookie) {
        move(side.qp, source, sourcePort, destination, destinationPort, peerCookie);
    }

    static void move(
            QueuePair qp, int source, int sourcePort, int destination, int destinationPort, int peerCookie) {
        qp.connect(
                new ConnectionParameters(CongestionControl.CUBIC, peerCookie, source, sourcePort, destination,
                        destinationPort, 1, 1, 0),
                128, 128);
    }

    static int address(Side side) {
        InetAddress address = side.device.netdev().inetAddresses().getFirst();
        return ByteBuffer.wrap(((Inet4Address) address).getAddress()).getInt();
    }

    /** A message either way arrives whole. */
    void assertWorks() {
        assertCarries(left, right);
        assertCarries(right, left);
    }

    private static void assertCarries(Side from, Side to) {
        from.put(WORKS_FROM, MESSAGE);
        to.put(WORKS_TO, new byte[MESSAGE.length]);
        to.receive(WORKS_FROM, WORKS_TO, MESSAGE.length);
        SendRequest request = new SendRequest().addSge(from.address(WORKS_FROM), MESSAGE.length, from.mr.lkey());
        request.flags = SendFlag.SIGNALED;
        from.post(request);
        from.awaitOk();
        to.awaitOk();
        assertThat(to.bytes(WORKS_TO, MESSAGE.length)).isEqualTo(MESSAGE);
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
