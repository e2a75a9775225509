package io.erdma.cm.iwarp;

import static java.util.Objects.requireNonNull;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Stream;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The side that is asked: awaits a request, lets the consumer decide, replies (kernel: {@code erdma_proc_mpareq}, {@code erdma_accept},
 * {@code erdma_reject}).
 */
public final class PassiveEndPoint extends EndPoint {
    static final long REQUEST_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final ListeningEndPoint listener;
    private @Nullable MpaFrame request;

    PassiveEndPoint(EndPoints all, ListeningEndPoint listener) {
        super(all, listener.device, MpaFrame.Kind.REQUEST);
        this.listener = listener;
    }

    /** Takes a stream over and awaits the request. */
    void begin(Stream accepted) {
        lock.run(() -> {
            stream(accepted);
            accepted.setNoDelay(true);
            if (!all.add(this)) {
                release(Farewell.NONE);
                return;
            }
            enter(EndPointState.AWAIT_MPAREQ, REQUEST_TIMEOUT_NANOS);
            accepted.observe(callbacks());
        });
    }

    /** The listener is closed: a request that nobody has seen is not awaited any longer. */
    void orphaned() {
        lock.run(() -> {
            if (is(EndPointState.AWAIT_MPAREQ)) {
                release(Farewell.NONE);
            }
        });
    }

    @Override
    void readable() {
        if (!is(EndPointState.AWAIT_MPAREQ)) {
            return;
        }
        switch (read()) {
            case INCOMPLETE -> {
                // the timer runs on
            }
            case COMPLETE -> requested(frame());
            case BROKEN, ENDED -> release(Farewell.NONE);
        }
    }

    private void requested(MpaFrame frame) {
        if (frame.markers() || frame.crc()) {
            send(frame.refused(), MpaFrame.Kind.REPLY);
            release(Farewell.NONE);
            return;
        }
        request = frame;
        enter(EndPointState.RECVD_MPAREQ);
        consumer(listener.consumer());
        raise(new IwEvent.ConnectRequest(this, frame, device.maxIrd(), device.maxOrd()));
    }

    /**
     * Accepts the request: moves the QP to RTS, replies, and raises {@link IwEvent.Established} for {@code newConsumer}. Every refusal but the first closes
     * the stream.
     *
     * @param qpn a QP in IDLE or RTR
     * @param ird at most the device's limit
     * @param ord at most the device's limit
     * @param privateData at most 255 bytes
     * @throws ErrnoException ECONNRESET: there is no request to decide, perhaps since the peer has closed; ENOENT: no such QP; EINVAL: QP beyond RTR or
     *     with another connection, private data, IRD or ORD over the limits; what the device makes of MODIFY_QP; ECONNRESET: the reply can't be sent
     */
    public void accept(int qpn, int ird, int ord, byte[] privateData, Consumer<IwEvent> newConsumer) {
        lock.run(() -> {
            requireUndecided();
            consumer(newConsumer);
            establish(qpn, ird, ord, privateData);
            listener.settled(this);
            request = null;
            enterRdmaMode();
            raise(new IwEvent.Established());
        });
    }

    private void establish(int qpn, int ird, int ord, byte[] privateData) {
        try {
            qp(qpn);
            Checks.depths(device, ird, ord);
            Checks.privateData(privateData);
            MpaFrame asked = requireNonNull(request);
            MpaFrame reply = asked.accepted(qp().cookie(), agreedCongestionControl(asked), privateData);
            connectQp(asked, reply.length(), ird, ord);
            if (send(reply, MpaFrame.Kind.REPLY).isPresent()) {
                throw new ErrnoException(Errno.ECONNRESET, "the reply could not be sent");
            }
        } catch (ErrnoException e) {
            release(Farewell.STREAM_CLOSED); // a QP that is in RTS already leaves it
            throw e;
        }
    }

    /**
     * Rejects the request and closes.
     *
     * @param privateData at most 255 bytes
     * @throws ErrnoException ECONNRESET: there is no request to decide; EINVAL: private data over the limit
     */
    public void reject(byte[] privateData) {
        lock.run(() -> {
            requireUndecided();
            Checks.privateData(privateData);
            send(requireNonNull(request).rejected(privateData), MpaFrame.Kind.REPLY);
            release(Farewell.NONE);
        });
    }

    private void requireUndecided() {
        if (!is(EndPointState.RECVD_MPAREQ)) {
            throw new ErrnoException(Errno.ECONNRESET, "no request to decide: the end point is " + state());
        }
    }

    @Override
    void turnDown() { send(requireNonNull(request).rejected(new byte[0]), MpaFrame.Kind.REPLY); }

    @Override
    void timedOut() { release(Farewell.NONE); }

    @Override
    void connected() {
        // it was from the start
    }

    @Override
    void connectFailed(Errno reason) {
        // it was connected from the start
    }

    @Override
    void release(Farewell farewell) {
        listener.settled(this);
        super.release(farewell);
    }
}
