package io.erdma.model.device;

import java.util.HashSet;
import java.util.Set;

/** Rules by hand: all passes but what is denied. */
final class TestPolicy implements FlowPolicy {
    private final Set<FourTuple> denied = new HashSet<>();
    private volatile long generation;
    volatile int verdict = PASSED;
    volatile int receivedVerdict = PASSED;
    /** Longer messages are over the limit of bits when they are sent. */
    volatile long longest = Long.MAX_VALUE;
    int drops;

    synchronized void deny(FourTuple flow) {
        denied.add(flow);
        generation++;
    }

    synchronized void allowAll() {
        denied.clear();
        generation++;
    }

    @Override
    public long generation() {
        return generation;
    }

    @Override
    public synchronized boolean allows(FourTuple flow) {
        boolean allowed = !denied.contains(flow);
        drops += allowed ? 0 : 1;
        return allowed;
    }

    @Override
    public int admit(long bytes, long packets) {
        return bytes > longest ? OVER_BITS : verdict;
    }

    @Override
    public int admitReceived(long bytes, long packets) {
        return receivedVerdict;
    }
}
