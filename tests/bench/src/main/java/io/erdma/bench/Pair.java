package io.erdma.bench;

import io.erdma.cm.RdmaConnection;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.QueuePair;
import java.util.ArrayList;
import java.util.List;

/** Two tenants with one connection. */
final class Pair implements AutoCloseable {
    private final Tenants tenants;
    private final List<RdmaConnection> connections = new ArrayList<>();
    final End out;
    final End in;
    final QueuePair outQp;
    final QueuePair inQp;

    Pair(long bytes) {
        tenants = new Tenants(1, bytes);
        tenants.connect(1, Tenants.BATCHES, (active, passive) -> connections.addAll(List.of(active, passive)));
        out = tenants.out;
        in = tenants.in;
        outQp = connections.get(0).qp();
        inQp = connections.get(1).qp();
    }

    /** See {@link End#chain}. */
    SendRequest chain(WrOpcode opcode, int requests, int bytes) {
        return out.chain(opcode, requests, bytes, in);
    }

    /** See {@link End#receives}. */
    ReceiveRequest receives(int requests, int bytes) {
        return in.receives(requests, bytes);
    }

    @Override
    public void close() {
        connections.forEach(RdmaConnection::close);
        tenants.close();
    }
}
