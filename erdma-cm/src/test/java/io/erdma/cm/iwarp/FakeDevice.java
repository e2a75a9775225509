package io.erdma.cm.iwarp;

import io.erdma.core.net.Netdev;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A device with as many QPs as a test wants. */
public final class FakeDevice implements DevicePort {
    /** IRD that it can do. */
    public static final int MAX_IRD = 128;
    /** ORD that it can do. */
    public static final int MAX_ORD = 64;

    private final Netdev netdev;
    private final Map<Integer, FakeQp> qps = new ConcurrentHashMap<>();
    private volatile boolean alive = true;

    /** A device without QPs. */
    public FakeDevice(Netdev netdev) { this.netdev = netdev; }

    /** A new QP in IDLE. */
    public synchronized FakeQp createQp() {
        FakeQp qp = new FakeQp(qps.size() + 1);
        qps.put(qp.qpn(), qp);
        return qp;
    }

    /** It is no longer registered. */
    public void die() { alive = false; }

    /** References to its QPs that end points hold. */
    public int references() {
        return qps.values().stream().mapToInt(FakeQp::references).sum();
    }

    @Override
    public String name() { return "erdma_" + netdev.name(); }

    @Override
    public Netdev netdev() { return netdev; }

    @Override
    public int maxIrd() { return MAX_IRD; }

    @Override
    public int maxOrd() { return MAX_ORD; }

    @Override
    public boolean alive() { return alive; }

    @Override
    public Optional<QpPort> acquire(int qpn) {
        Optional<FakeQp> found = alive ? Optional.ofNullable(qps.get(qpn)) : Optional.empty();
        found.ifPresent(FakeQp::acquire);
        return found.map(qp -> qp);
    }
}
