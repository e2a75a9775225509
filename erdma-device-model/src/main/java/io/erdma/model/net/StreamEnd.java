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
 */
final class StreamEnd implements Stream {
    /** Tries to connect: the last one is given up after 127 s, as Linux does with tcp_syn_retries 6. */
    private static final int MOST_TRIES = 7;

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
    private final Teller teller;
    private State state;
    private @Nullable StreamEnd peer;
    private boolean closed;
    private boolean handedOver;

    private StreamEnd(HostStack host, EndKey key, int sequence, @Nullable StreamEnd opener) {
        this.host = host;
        this.key = key;
        this.active = opener == null;
        this.lock = opener == null ? new Object() : opener.lock;
        this.peer = opener;
        this.state = opener == null ? State.CONNECTING : State.OPEN;
        this.firstSequence = sequence + 1;
        this.backoff = new Backoff(host.network(), this::again, MOST_TRIES);
        this.teller = new Teller(host.network(), lock);
    }

    /** An active end; {@link #knock()} follows. */
    static StreamEnd opening(HostStack host, EndKey key, int sequence, StreamObserver observer) {
        StreamEnd end = new StreamEnd(host, key, sequence, null);
        end.teller.observe(observer, 0);
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
            opener.teller.add(Teller.CONNECTED);
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
        return host.network().addresses().end(key.local(), key.localPort());
    }

    @Override
    public InetSocketAddress remote() {
        return host.network().addresses().end(key.remote(), key.remotePort());
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
            teller.addFailure(reason);
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
        to.teller.add(endsNow ? Teller.READABLE | Teller.PEER_CLOSED : Teller.READABLE);
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
            teller.add(Teller.READABLE | Teller.PEER_CLOSED);
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
            teller.handOver();
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
            teller.silence();
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
            teller.observe(newObserver, facts());
        }
        tell();
    }

    private int facts() {
        StreamEnd from = peer;
        if (state == State.FAILED) {
            return Teller.FAILED;
        }
        if (from == null) {
            return 0;
        }
        return (active ? Teller.CONNECTED : 0) | (from.out.readable() > 0 ? Teller.READABLE : 0)
                | (from.out.isEndDelivered() ? Teller.READABLE | Teller.PEER_CLOSED : 0);
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

    /** Has the observer hear what there is to tell. Without locks. */
    void tell() {
        teller.tell();
    }

    @Override
    public String toString() {
        return local() + " to " + remote();
    }
}
