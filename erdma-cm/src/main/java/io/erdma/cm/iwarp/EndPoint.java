package io.erdma.cm.iwarp;

import static java.util.Objects.requireNonNull;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a connection, from its stream on (kernel: {@code struct erdma_cep}). It is used by one thread at a time: calls of the consumer and the
 * work of the queue take {@link #lock}, which comes before the QP's locks and is never held while a consumer is told something. Callbacks of
 * the stream and of the QP only queue work.
 */
public abstract sealed class EndPoint permits ActiveEndPoint, PassiveEndPoint {
    private static final Logger LOG = LoggerFactory.getLogger(EndPoint.class);

    final EndPoints all;
    final DevicePort device;
    final Mutex lock = new Mutex();
    private final MpaFrame.Kind awaited;
    private EndPointState state = EndPointState.IDLE;
    private @Nullable Stream stream;
    private @Nullable QpPort qp;
    private boolean owned;
    private @Nullable MpaFrameReader reader;
    private Optional<WorkQueue.Delayed> timer = Optional.empty();
    private @Nullable Consumer<IwEvent> consumer;

    /** What becomes of the QP when its end point closes. */
    enum Farewell {
        /** Nothing: it has left RTS by itself. */
        NONE,
        /** It follows the stream. */
        STREAM_CLOSED,
        /** It goes to ERROR. */
        ABORT
    }

    EndPoint(EndPoints all, DevicePort device, MpaFrame.Kind awaited) {
        this.all = all;
        this.device = device;
        this.awaited = awaited;
    }

    /** The state now; it may change at any time but from CLOSED. */
    public final EndPointState state() {
        return lock.get(() -> state);
    }

    /** The device of its QP. */
    public final DevicePort device() { return device; }

    /** Our end of the stream. Only for one that has had a stream. */
    public final InetSocketAddress local() {
        return stream().local();
    }

    /** The peer's end of the stream. Only for one that has had a stream. */
    public final InetSocketAddress remote() {
        return stream().remote();
    }

    /**
     * Begins the orderly end of a connection: the QP goes to CLOSING, or abruptly to ERROR, and that closes the stream. {@link IwEvent.Close} follows.
     * No effect when it is closed.
     *
     * @throws ErrnoException EINVAL if it is not connected yet
     */
    public final void disconnect(boolean abrupt) {
        lock.run(() -> {
            if (state == EndPointState.CLOSED) {
                return;
            }
            if (state != EndPointState.RDMA_MODE) {
                throw new ErrnoException(Errno.EINVAL, "cannot disconnect an end point that is " + state);
            }
            leaveRts(abrupt);
        });
    }

    /** A device that refuses does not keep the stream open. */
    private void leaveRts(boolean abrupt) {
        try {
            qp().disconnect(abrupt);
        } catch (ErrnoException e) {
            LOG.debug("{}: disconnecting", device.name(), e);
            submit(this::qpLeftRts);
        }
    }

    /** Ends it in any state, without events: a connected QP goes to ERROR, an undecided request is rejected. Idempotent. */
    public final void close() {
        lock.run(() -> {
            consumer = null;
            if (state == EndPointState.RECVD_MPAREQ) {
                turnDown();
            }
            release(state == EndPointState.RDMA_MODE ? Farewell.ABORT : Farewell.STREAM_CLOSED);
        });
    }

    /** Its device is going; the device sees to its QPs. */
    final void deviceRemoved() {
        lock.run(() -> {
            if (state == EndPointState.RDMA_MODE) {
                raise(new IwEvent.Close());
            }
            release(Farewell.NONE);
        });
    }

    // What happens to it. All of these run with the lock held; what does not fit the state is ignored.

    abstract void connected();

    abstract void connectFailed(Errno reason);

    /** There may be something to read: a frame, or the end of the stream. */
    abstract void readable();

    abstract void timedOut();

    /** Answers an undecided request with a reject. */
    abstract void turnDown();

    /** The peer has closed; what it sent before is read first (a reject is followed by a close). */
    private void peerClosed() {
        if (state == EndPointState.RDMA_MODE) {
            raise(new IwEvent.Disconnect());
            raise(new IwEvent.Close());
            release(Farewell.STREAM_CLOSED);
        } else if (state == EndPointState.RECVD_MPAREQ) {
            release(Farewell.STREAM_CLOSED);
        } else {
            readable();
        }
    }

    private void qpLeftRts() {
        switch (state) {
            case RDMA_MODE -> raise(new IwEvent.Close());
            case CONNECTING, AWAIT_MPAREP ->
                raise(new IwEvent.ConnectReply(Optional.of(Errno.EINVAL), Optional.empty()));
            default -> {
                // nobody waits for news
            }
        }
        release(Farewell.NONE);
    }

    // Means for the two kinds of end point; to be used with the lock held.

    final boolean is(EndPointState expected) { return state == expected; }

    /** Enters a state that lasts at most {@code timeoutNanos}. */
    final void enter(EndPointState next, long timeoutNanos) {
        enter(next);
        // a timer that can no longer be cancelled finds another state
        timer = all.schedule(() -> lock.run(() -> {
            if (state == next) {
                timedOut();
            }
        }), timeoutNanos);
    }

    final void enter(EndPointState next) {
        timer.ifPresent(WorkQueue.Delayed::cancel);
        timer = Optional.empty();
        state = next;
    }

    final void consumer(Consumer<IwEvent> newConsumer) { consumer = newConsumer; }

    final void raise(IwEvent event) {
        Consumer<IwEvent> told = consumer;
        if (told != null) {
            all.submit(() -> told.accept(event));
        }
    }

    final void stream(Stream newStream) {
        stream = newStream;
        reader = new MpaFrameReader(awaited);
    }

    final Stream stream() { return requireNonNull(stream); }

    /**
     * Takes a reference to the QP and the ownership of its connection. One in CLOSING or ERROR is not owned, and refused by {@link #connectQp}, when its
     * turn comes. ENOENT; EINVAL: it has a connection, or one under way.
     */
    final void qp(int qpn) {
        QpPort found = device.acquire(qpn)
                .orElseThrow(() -> new ErrnoException(Errno.ENOENT, "no QP " + qpn + " on " + device.name()));
        qp = found;
        owned = found.attach(() -> submit(this::qpLeftRts));
        if (!owned && (found.connectable() || found.connected())) {
            throw new ErrnoException(Errno.EINVAL, "QP " + qpn + " belongs to another connection");
        }
    }

    final QpPort qp() { return requireNonNull(qp); }

    final StreamObserver callbacks() { return new Callbacks(); }

    final MpaFrameReader.Progress read() { return requireNonNull(reader).readFrom(stream()); }

    final MpaFrame frame() { return requireNonNull(reader).frame(); }

    /** Sends a whole frame; empty if it was. ECONNRESET: the peer has closed; EIO: no room, which a fresh stream has. */
    final Optional<Errno> send(MpaFrame frame, MpaFrame.Kind kind) {
        ByteBuffer bytes = frame.encode(kind);
        try {
            while (bytes.hasRemaining() && stream().write(bytes) > 0) {
                // goes on
            }
        } catch (ErrnoException e) {
            LOG.debug("{}: {} not sent", device.name(), kind, e);
            return Optional.of(Errno.ECONNRESET);
        }
        return bytes.hasRemaining() ? Optional.of(Errno.EIO) : Optional.empty();
    }

    /** The congestion control of a connection: the one of both, or the compromise. */
    final int agreedCongestionControl(MpaFrame peer) {
        int own = qp().congestionControl();
        return own == peer.congestionControl() ? own : MpaFrame.CUBIC;
    }

    /** Moves the QP to RTS; {@code replyLength} bytes of ours are still to be sent before the card's. */
    final void connectQp(MpaFrame peer, int replyLength, int ird, int ord) {
        if (!owned || !qp().connectable()) {
            throw new ErrnoException(Errno.EINVAL, "the QP is beyond RTR");
        }
        Stream s = stream();
        qp().connect(new QpPort.Handover(s.local(), s.remote(), peer.cookie(), agreedCongestionControl(peer),
                s.sendSequence(), s.receiveSequence(), replyLength, ird, ord));
    }

    /** Connected: from now on the stream belongs to the card. */
    final void enterRdmaMode() {
        enter(EndPointState.RDMA_MODE);
        reader = null;
        stream().handOver();
    }

    /** Gives everything back. The stream object stays, for its addresses. */
    void release(Farewell farewell) {
        enter(EndPointState.CLOSED);
        reader = null;
        QpPort held = qp;
        qp = null;
        if (held != null) {
            if (owned) {
                held.detach();
                bid(held, farewell);
            }
            held.release();
        }
        if (stream != null) {
            stream.close();
        }
        all.remove(this);
    }

    private void bid(QpPort held, Farewell farewell) {
        try {
            switch (farewell) {
                case NONE -> {
                    // it has gone first
                }
                case STREAM_CLOSED -> held.streamClosed();
                case ABORT -> held.disconnect(true);
            }
        } catch (ErrnoException e) {
            LOG.debug("{}: {} of a QP", device.name(), farewell, e);
        }
    }

    final void submit(Runnable work) { all.submit(() -> lock.run(work)); }

    private final class Callbacks implements StreamObserver {
        @Override
        public void connected() { submit(EndPoint.this::connected); }

        @Override
        public void connectFailed(Errno reason) { submit(() -> EndPoint.this.connectFailed(reason)); }

        @Override
        public void readable() { submit(EndPoint.this::readable); }

        @Override
        public void peerClosed() { submit(EndPoint.this::peerClosed); }
    }
}
