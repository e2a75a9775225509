package io.erdma.model.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection. What it writes is in {@link #out}, what it reads in its peer's. Both ends share a lock, and so one state of the connection.
 * Events are kept as bits and told by one thread at a time, without the lock.
 */
final class StreamEnd implements Stream {
    /** Tries to connect: the last one is given up after 127 s, as Linux does with tcp_syn_retries 6. */
    private static final int MOST_TRIES = 7;

    private static final int CONNECTED = 1;
    private static final int FAILED = 1 << 1;
    private static final int READABLE = 1 << 2;
    private static final int PEER_CLOSED = 1 << 3;

    private enum State {
        CONNECTING, OPEN, FAILED
    }

    private final HostStack host;
    private final EndKey key;
    private final boolean active;
    private final Object lock;
    private final int firstSequence;
    private final Pipe out = new Pipe();
    private final Backoff backoff;
    private State state;
    private @Nullable StreamEnd peer;
    private Errno failure = Errno.ETIMEDOUT;
    private boolean closed;
    private boolean handedOver;
    private @Nullable StreamObserver observer;
    private int untold;
    private boolean telling;

    private StreamEnd(HostStack host, EndKey key, int sequence, @Nullable StreamEnd opener) {
        this.host = host;
        this.key = key;
        this.active = opener == null;
        this.lock = opener == null ? new Object() : opener.lock;
        this.peer = opener;
        this.state = opener == null ? State.CONNECTING : State.OPEN;
        this.firstSequence = sequence + 1;
        this.backoff = new Backoff(host.network(), this::again, MOST_TRIES);
    }

    /** An active end; {@link #knock()} follows. */
    static StreamEnd opening(HostStack host, EndKey key, int sequence, StreamObserver observer) {
        StreamEnd end = new StreamEnd(host, key, sequence, null);
        end.observer = observer;
        return end;
    }

    /** The passive end for an active one, which is now open; {@link #tell()} of the opener follows. Empty if that one has given up. */
    static Optional<StreamEnd> answering(HostStack host, StreamEnd opener, int sequence) {
        synchronized (opener.lock) {
            if (!opener.isConnecting()) {
                return Optional.empty();
            }
            StreamEnd end = new StreamEnd(host, opener.key.mirrored(), sequence, opener);
            opener.peer = end;
            opener.state = State.OPEN;
            opener.backoff.clear();
            opener.untold |= CONNECTED;
            return Optional.of(end);
        }
    }

    EndKey key() {
        return key;
    }

    private boolean isConnecting() {
        return state == State.CONNECTING && !closed;
    }

    @Override
    public InetSocketAddress local() {
        return key.localAddress();
    }

    @Override
    public InetSocketAddress remote() {
        return key.remoteAddress();
    }

    /** Sends a SYN. */
    void knock() {
        synchronized (lock) {
            if (!isConnecting()) {
                return;
            }
        }
        Answer answer = host.reach(key, 0).map(target -> target.answer(this)).orElse(Answer.NONE);
        if (answer != Answer.OPEN) {
            synchronized (lock) {
                if (answer == Answer.REFUSED) {
                    fail(Errno.ECONNREFUSED);
                } else if (isConnecting() && !backoff.arm()) {
                    fail(Errno.ETIMEDOUT);
                }
            }
        }
        settle();
    }

    private void fail(Errno reason) {
        if (isConnecting()) {
            state = State.FAILED;
            failure = reason;
            untold |= FAILED;
            backoff.clear();
        }
    }

    /** A timer has come due: what was lost is sent again. */
    private void again() {
        boolean connecting;
        synchronized (lock) {
            backoff.fired();
            connecting = isConnecting();
        }
        if (connecting) {
            knock();
        } else {
            transmit();
        }
    }

    @Override
    public int write(ByteBuffer source) {
        int taken;
        synchronized (lock) {
            if (isConnecting()) {
                throw new ErrnoException(Errno.ENOTCONN, this + " is not connected yet");
            }
            if (state != State.OPEN || closed || handedOver || peerHasEnded()) {
                throw new ErrnoException(Errno.EPIPE, this + (handedOver ? " was handed over" : " is closed"));
            }
            taken = out.put(source);
        }
        transmit();
        return taken;
    }

    /** Sends what is on its way, if the card lets it through; else it is sent again later, and at last the connection is given up. */
    private void transmit() {
        StreamEnd to;
        int bytes;
        synchronized (lock) {
            to = peer;
            bytes = out.undelivered();
            if (to == null || !out.hasUndelivered()) {
                return;
            }
        }
        boolean through = host.reach(key, bytes).filter(target -> target == to.host).isPresent();
        synchronized (lock) {
            if (through) {
                arrive(to);
            } else if (!backoff.arm()) {
                cut();
            }
        }
        settle();
        to.settle();
    }

    private void arrive(StreamEnd to) {
        boolean endsNow = out.isEnded() && !out.isEndDelivered();
        out.deliver();
        backoff.clear();
        to.untold |= endsNow ? READABLE | PEER_CLOSED : READABLE;
    }

    /** Both directions end here and now; what is on its way is lost. */
    private void cut() {
        StreamEnd other = peer;
        if (state == State.OPEN && other != null) {
            cutFrom(other);
            other.cutFrom(this);
        }
    }

    private void cutFrom(StreamEnd other) {
        if (!other.out.isEndDelivered()) {
            other.out.cut();
            untold |= READABLE | PEER_CLOSED;
        }
        backoff.clear();
    }

    /** The connection breaks; one that does not stand yet fails with ECONNRESET. */
    void reset() {
        StreamEnd other;
        synchronized (lock) {
            other = peer;
            fail(Errno.ECONNRESET);
            cut();
        }
        settle();
        if (other != null) {
            other.settle();
        }
    }

    @Override
    public int read(ByteBuffer target) {
        synchronized (lock) {
            StreamEnd from = peer;
            if (closed || state == State.FAILED) {
                return -1;
            }
            if (from == null) {
                return 0;
            }
            if (!handedOver && from.out.readable() > 0) {
                return from.out.take(target);
            }
            return from.out.isEndDelivered() ? -1 : 0;
        }
    }

    private boolean peerHasEnded() {
        StreamEnd from = peer;
        return from != null && from.out.isEndDelivered();
    }

    @Override
    public int sendSequence() {
        synchronized (lock) {
            return firstSequence + (int) out.written();
        }
    }

    @Override
    public int receiveSequence() {
        synchronized (lock) {
            StreamEnd from = peer;
            return from == null ? 0 : from.firstSequence + (int) from.out.read();
        }
    }

    @Override
    public void handOver() {
        synchronized (lock) {
            handedOver = true;
        }
    }

    @Override
    public void setNoDelay(boolean on) {
        // every write is sent at once
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            untold = 0;
            out.end();
            if (state != State.OPEN) {
                backoff.clear();
            }
        }
        transmit();
        settle();
    }

    @Override
    public void observe(StreamObserver newObserver) {
        synchronized (lock) {
            observer = newObserver;
            untold = facts();
        }
        tell();
    }

    private int facts() {
        StreamEnd from = peer;
        if (state == State.FAILED) {
            return FAILED;
        }
        if (from == null) {
            return 0;
        }
        return (active ? CONNECTED : 0) | (from.out.readable() > 0 ? READABLE : 0)
                | (from.out.isEndDelivered() ? READABLE | PEER_CLOSED : 0);
    }

    /** After a change and without locks: the host forgets an end that is over, and the observer hears what it has not heard. */
    private void settle() {
        boolean released;
        boolean over;
        synchronized (lock) {
            released = closed || state == State.FAILED;
            over = released && (state != State.OPEN || out.isEndDelivered());
        }
        if (released) {
            host.release(this);
        }
        if (over) {
            host.forget(this);
        }
        tell();
    }

    /** Has the observer called, by whoever calls observers here. */
    void tell() {
        synchronized (lock) {
            if (telling || !hasNews()) {
                return;
            }
            telling = true;
        }
        host.network().dispatch(this::tellAll);
    }

    private boolean hasNews() {
        return untold != 0 && observer != null && !closed;
    }

    private void tellAll() {
        for (Runnable call = nextCall(); call != null; call = nextCall()) {
            boolean told = false;
            try {
                call.run();
                told = true;
            } finally {
                if (!told) {
                    endTelling();
                }
            }
        }
    }

    private void endTelling() {
        synchronized (lock) {
            telling = false;
        }
    }

    private @Nullable Runnable nextCall() {
        synchronized (lock) {
            StreamObserver hearer = observer;
            if (!hasNews() || hearer == null) {
                telling = false;
                return null;
            }
            int event = Integer.lowestOneBit(untold);
            untold &= ~event;
            Errno reason = failure;
            return switch (event) {
                case CONNECTED -> hearer::connected;
                case FAILED -> () -> hearer.connectFailed(reason);
                case READABLE -> handedOver ? () -> {} : hearer::readable;
                default -> hearer::peerClosed;
            };
        }
    }

    @Override
    public String toString() {
        return local() + " to " + remote();
    }
}
