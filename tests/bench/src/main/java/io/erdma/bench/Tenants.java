package io.erdma.bench;

import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;

/** Two tenants of an inline card, alice and bob. Connections are made in the calling thread, which also does what is to be done for them. */
final class Tenants implements AutoCloseable {
    static final String LINK = "erdma0";
    /** Of a connection that does one thing at a time. */
    static final QpCapabilities SMALLEST = new QpCapabilities(1, 1, 1, 1, 0);
    /** Of a connection that is given 32 requests at once. */
    static final QpCapabilities BATCHES = new QpCapabilities(128, 128, 1, 1, 0);

    private static final String BOB = "10.0.0.2";
    private static final int FIRST_PORT = 2000;

    private final WorkQueue connections = new ManualWorkQueue(new ManualClock());
    private final Arena arena = Arena.ofShared();
    private final Moc card;
    private final Host alice;
    private final Host bob;
    private int port = FIRST_PORT;
    final End out;
    final End in;

    /**
     * @param qps that each has at most
     * @param bytes of each tenant's memory
     */
    Tenants(int qps, long bytes) {
        FunctionSpec function = FunctionSpec.builder().qpBlocks(1 + Math.ceilDiv(qps, 1024)).build();
        card = Moc.of(CardSpec.builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").functions(function).build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", BOB).functions(function).build())
                .build());
        alice = linked("alice");
        bob = linked("bob");
        out = new End(alice, arena.allocate(bytes, 4096));
        in = new End(bob, arena.allocate(bytes, 4096));
    }

    private Host linked(String vport) {
        Host host = Host.builder(card.vport(vport)).cmQueue(connections).start();
        host.links().newlink("erdma", LINK, "eth0");
        return host;
    }

    /** Connects bob with alice so many times, each time by listening, connecting and accepting; gives out both ends. */
    void connect(int times, QpCapabilities sizes, BiConsumer<RdmaConnection, RdmaConnection> taker) {
        InetSocketAddress door = new InetSocketAddress(BOB, port++);
        ConnectionOptions active = out.options(sizes);
        try (RdmaListener listener = bob.cm().listen(door, in.options(sizes))) {
            for (int i = 0; i < times; i++) {
                RdmaConnection connected = alice.cm().connect(door, active);
                taker.accept(connected, listener.accept());
            }
        }
    }

    @Override
    public void close() {
        out.close();
        in.close();
        alice.close();
        bob.close();
        card.close();
        connections.close();
        arena.close();
    }
}
