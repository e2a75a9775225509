package io.erdma.core.testing;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Several machines joined by TCP in memory. Every message between two ends (SYN, answer, accept, data, end) is one delivery; deliveries happen
 * in the order in which they were caused, when a test calls {@link #step()} or {@link #deliverAll()}, or as the executor that the network was
 * given decides. {@code Runnable::run} delivers within the call that causes it, the hardest case that the contract of streams allows.
 *
 * <p>All machines sit on one wire; an interface leads to the peers that share the first 24 bits of one of its addresses, and to its own machine.
 * A message whose way is down at either end waits until it is up again. Thread-safe.
 */
public final class FakeNetwork {
    private static final int FIRST_SEQUENCE = 1000;
    private static final int SEQUENCE_STEP = 1_000_000;
    private static final int USUAL_WINDOW = 64 << 10;

    /** Guards the state of all stacks, listeners and streams; never held while an observer is called. Comes after the lock of interfaces. */
    final Object lock = new Object();

    private final ManualExecutor deliveries = new ManualExecutor();
    private final Executor executor;
    private final List<FakeMachine> machines = new CopyOnWriteArrayList<>();
    private final Map<InetSocketAddress, Optional<Errno>> scripts = new HashMap<>();
    private final ArrayDeque<Runnable> outbox = new ArrayDeque<>();
    private boolean flushing;
    private int nextSequence = FIRST_SEQUENCE;
    private int windowBytes = USUAL_WINDOW;
    private int segmentBytes = Integer.MAX_VALUE;

    /** A network that delivers when it is told to. */
    public FakeNetwork() {
        this.executor = deliveries;
    }

    /** A network that delivers by an executor. */
    public FakeNetwork(Executor executor) {
        this.executor = executor;
    }

    /** Adds a machine without interfaces and functions; its interrupt handlers run in the raising thread. */
    public FakeMachine machine(String name) {
        return machine(name, Runnable::run);
    }

    /** Adds a machine without interfaces and functions. */
    public FakeMachine machine(String name, Executor interruptExecutor) {
        FakeMachine machine = new FakeMachine(this, name, interruptExecutor);
        machines.add(machine);
        return machine;
    }

    /** Makes one delivery; false if none waits, and always with an executor of one's own. */
    public boolean step() {
        return deliveries.runOne();
    }

    /**
     * Delivers until nothing is left.
     *
     * @return how many deliveries there were; 0 with an executor of one's own
     */
    public int deliverAll() {
        return deliveries.runAll();
    }

    /** How many deliveries wait; 0 with an executor of one's own. */
    public int pending() {
        return deliveries.pending();
    }

    /** From now on connections to this address and port fail with a reason, as {@link io.erdma.core.net.StreamObserver#connectFailed} tells. */
    public void refuse(InetSocketAddress remote, Errno reason) {
        synchronized (lock) {
            scripts.put(remote, Optional.of(reason));
        }
    }

    /** From now on nobody answers at this address and port: a connection to it neither stands nor fails. */
    public void silence(InetSocketAddress remote) {
        synchronized (lock) {
            scripts.put(remote, Optional.empty());
        }
    }

    /** Ends {@link #refuse} and {@link #silence}; what was lost meanwhile stays lost. */
    public void heal(InetSocketAddress remote) {
        synchronized (lock) {
            scripts.remove(remote);
        }
    }

    /** Breaks a connection: what is on its way is lost, and both ends see the peer gone with the next delivery. No effect if it does not stand. */
    public void reset(Stream stream) {
        if (stream instanceof FakeStream end) {
            synchronized (lock) {
                post(end::breakBothEnds);
            }
            flush();
        }
    }

    /** How many bytes a stream holds that its reader has not taken yet; 65536 unless told. */
    public void windowBytes(int bytes) {
        synchronized (lock) {
            windowBytes = bytes;
        }
    }

    /** How many bytes come with one delivery at most; no limit unless told. */
    public void segmentBytes(int bytes) {
        synchronized (lock) {
            segmentBytes = bytes;
        }
    }

    /** Sequence number of the SYN of the next stream that is made; others follow at a distance of a million. */
    public void nextSequence(int sequence) {
        synchronized (lock) {
            nextSequence = sequence;
        }
    }

    /** Queues a delivery. Under the lock; {@link #flush()} follows when it is released. */
    void post(Runnable delivery) {
        outbox.addLast(delivery);
    }

    /** Gives what was posted to the executor, in order. A thread that finds another one (or itself) at it leaves it to that one, so nothing nests. */
    void flush() {
        for (Runnable delivery = nextDelivery(); delivery != null; delivery = nextDelivery()) {
            try {
                executor.execute(delivery);
            } finally {
                synchronized (lock) {
                    flushing = false;
                }
            }
        }
    }

    private @Nullable Runnable nextDelivery() {
        synchronized (lock) {
            Runnable delivery = flushing ? null : outbox.pollFirst();
            flushing |= delivery != null;
            return delivery;
        }
    }

    /** What is planned for connections to an end: a reason, nothing (it is silent), or no plan. Under the lock. */
    Optional<Optional<Errno>> plan(InetSocketAddress remote) {
        return Optional.ofNullable(scripts.get(remote));
    }

    int takeSequence() {
        int sequence = nextSequence;
        nextSequence += SEQUENCE_STEP;
        return sequence;
    }

    int windowBytes() {
        return windowBytes;
    }

    int segmentBytes() {
        return segmentBytes;
    }

    /** The machine that answers at an address now. */
    Optional<FakeMachine> machineAt(Inet4Address address) {
        return machines.stream().filter(machine -> machine.netdevs().byInetAddress(address).filter(Netdev::running)
                .isPresent()).findFirst();
    }
}
