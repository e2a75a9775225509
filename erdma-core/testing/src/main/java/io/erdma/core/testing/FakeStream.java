package io.erdma.core.testing;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection. Bytes go from the writer's {@code outbound} to the reader's {@code inbound} by a delivery. What an observer has to
 * hear is kept as a set of facts; one thread at a time tells them, without the lock. All state is guarded by the network's lock.
 */
final class FakeStream implements Stream {
    private enum State {
        CONNECTING, CONNECTED, CLOSED
    }

    private enum Fact {
        CONNECTED, CONNECT_FAILED, READABLE, PEER_CLOSED
    }

    private final FakeStack stack;
    private final FakeNetwork network;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private final ByteQueue inbound = new ByteQueue();
    private final ByteQueue outbound = new ByteQueue();
    private final EnumSet<Fact> untold = EnumSet.noneOf(Fact.class);
    private State state;
    private @Nullable FakeStream peer;
    private @Nullable StreamObserver observer;
    private Errno failure = Errno.ECONNREFUSED;
    private int sendSequence;
    private int receiveSequence;
    private boolean closedHere;
    private boolean peerGone;
    private boolean handedOver;
    private boolean telling;

    private FakeStream(FakeStack stack, InetSocketAddress local, InetSocketAddress remote, State state) {
        this.stack = stack;
        this.network = stack.network();
        this.local = local;
        this.remote = remote;
        this.state = state;
        this.sendSequence = network.takeSequence() + 1;
    }

    /** The active end. Under the lock. */
    static FakeStream opening(FakeStack stack, InetSocketAddress local, InetSocketAddress remote,
            StreamObserver observer) {
        FakeStream stream = new FakeStream(stack, local, remote, State.CONNECTING);
        stream.observer = observer;
        return stream;
    }

    /** The passive end for an active one. Under the lock. */
    static FakeStream answering(FakeStack stack, FakeStream opener) {
        FakeStream stream = new FakeStream(stack, /* local= */ opener.remote, /* remote= */ opener.local,
                State.CONNECTED);
        stream.peer = opener;
        stream.receiveSequence = opener.sendSequence;
        opener.peer = stream;
        opener.receiveSequence = stream.sendSequence;
        return stream;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    /** The SYN arrives, or is lost. */
    void knock() {
        synchronized (network.lock) {
            if (state != State.CONNECTING) {
                return;
            }
            Optional<Optional<Errno>> plan = network.plan(remote);
            if (plan.isPresent()) {
                plan.get().ifPresent(this::fail);
            } else {
                knockAt(network.machineAt(FakeStack.inet4(remote)).filter(host -> stack.carries(local)));
            }
        }
        network.flush();
        tell();
    }

    private void knockAt(Optional<FakeMachine> host) {
        if (host.isEmpty()) {
            fail(Errno.EHOSTUNREACH);
            return;
        }
        host.get().stack().listenerAt(remote).ifPresentOrElse(door -> door.knock(this), () -> fail(Errno.ECONNREFUSED));
    }

    /** The passive end's answer arrives. */
    void answered() {
        synchronized (network.lock) {
            if (state == State.CONNECTING) {
                state = State.CONNECTED;
                untold.add(Fact.CONNECTED);
            }
        }
        tell();
        transfer(peer());
    }

    /** Whether it is still wanted. Under the lock. */
    boolean isConnecting() {
        return state == State.CONNECTING;
    }

    private @Nullable FakeStream peer() {
        synchronized (network.lock) {
            return peer;
        }
    }

    /** The connection could not be made. Under the lock; {@link #tell()} follows. */
    void fail(Errno reason) {
        if (state == State.CONNECTING) {
            state = State.CLOSED;
            failure = reason;
            untold.add(Fact.CONNECT_FAILED);
            stack.remove(this);
        }
    }

    /** Nobody took this end, and nobody will: the peer is reset. Under the lock; {@link #tell()} of the result follows. */
    FakeStream abandon() {
        FakeStream opener = Objects.requireNonNull(peer);
        state = State.CLOSED;
        closedHere = true;
        stack.remove(this);
        opener.fail(Errno.ECONNRESET);
        opener.losePeer();
        return opener;
    }

    void breakBothEnds() {
        FakeStream other;
        synchronized (network.lock) {
            other = peer;
            losePeer();
            if (other != null) {
                other.losePeer();
            }
        }
        tell();
        if (other != null) {
            other.tell();
        }
    }

    private void losePeer() {
        if (state == State.CONNECTED && !peerGone) {
            peerGone = true;
            outbound.clear();
            untold.add(Fact.READABLE);
            untold.add(Fact.PEER_CLOSED);
        }
    }

    @Override
    public void observe(StreamObserver newObserver) {
        synchronized (network.lock) {
            observer = newObserver;
            if (!inbound.isEmpty() || peerGone) {
                untold.add(Fact.READABLE);
            }
            if (peerGone) {
                untold.add(Fact.PEER_CLOSED);
            }
        }
        tell();
    }

    @Override
    public int read(ByteBuffer target) {
        synchronized (network.lock) {
            if (closedHere || state == State.CLOSED) {
                return -1;
            }
            if (!handedOver && !inbound.isEmpty()) {
                int taken = inbound.drainTo(target);
                receiveSequence += taken;
                return taken;
            }
            return peerGone ? -1 : 0;
        }
    }

    @Override
    public int write(ByteBuffer source) {
        int taken;
        synchronized (network.lock) {
            if (state == State.CONNECTING) {
                throw new ErrnoException(Errno.ENOTCONN, this + " is not connected yet");
            }
            if (state == State.CLOSED || peerGone || handedOver) {
                throw new ErrnoException(Errno.EPIPE, this + (handedOver ? " was handed over" : " is closed"));
            }
            int unread = outbound.size() + (peer == null ? 0 : peer.inbound.size());
            taken = outbound.fillFrom(source, network.windowBytes() - unread);
            sendSequence += taken;
            if (taken > 0) {
                network.post(() -> transfer(this));
            }
        }
        network.flush();
        return taken;
    }

    /** Moves a segment from a writer to its reader, and the end of the stream behind the last byte. */
    private static void transfer(@Nullable FakeStream writer) {
        if (writer == null) {
            return;
        }
        FakeStream reader;
        synchronized (writer.network.lock) {
            reader = writer.peer;
            if (reader == null || reader.state == State.CONNECTING || !writer.stack.carries(writer.local)
                    || !reader.stack.carries(reader.local)) {
                return; // transferred when that has changed
            }
            if (writer.outbound.moveTo(reader.inbound, writer.network.segmentBytes()) > 0) {
                reader.untold.add(Fact.READABLE);
            }
            if (!writer.outbound.isEmpty()) {
                writer.network.post(() -> transfer(writer));
            } else if (writer.closedHere) {
                writer.stack.endLinger(writer);
                reader.losePeer();
            }
        }
        writer.network.flush();
        reader.tell();
    }

    /** The way is up again. Under the lock. */
    void resume() {
        network.post(() -> transfer(this));
        network.post(() -> transfer(peer()));
    }

    @Override
    public int sendSequence() {
        synchronized (network.lock) {
            return sendSequence;
        }
    }

    @Override
    public int receiveSequence() {
        synchronized (network.lock) {
            return receiveSequence;
        }
    }

    @Override
    public void handOver() {
        synchronized (network.lock) {
            handedOver = true;
        }
    }

    @Override
    public void setNoDelay(boolean on) {
        // every write is sent at once here
    }

    @Override
    public void close() {
        synchronized (network.lock) {
            if (closedHere) {
                return;
            }
            closedHere = true;
            state = State.CLOSED;
            untold.clear();
            stack.remove(this);
            if (peer != null) {
                stack.linger(this);
                network.post(() -> transfer(this));
            }
        }
        network.flush();
    }

    /** Tells the observer what it has not heard. A thread that finds another one telling leaves it to that one. */
    void tell() {
        for (Runnable call = nextCall(); call != null; call = nextCall()) {
            try {
                call.run();
            } finally {
                synchronized (network.lock) {
                    telling = false;
                }
            }
        }
    }

    private @Nullable Runnable nextCall() {
        synchronized (network.lock) {
            StreamObserver listener = observer;
            if (telling || listener == null || closedHere || untold.isEmpty()) {
                return null;
            }
            Fact fact = untold.iterator().next();
            untold.remove(fact);
            telling = true;
            return switch (fact) {
                case CONNECTED -> listener::connected;
                case CONNECT_FAILED -> () -> listener.connectFailed(failure);
                case READABLE -> handedOver ? () -> {} : listener::readable;
                case PEER_CLOSED -> listener::peerClosed;
            };
        }
    }

    @Override
    public String toString() {
        return local + " to " + remote;
    }
}
