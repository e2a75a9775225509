package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The side that asks: connects, sends its request, awaits the reply (kernel: {@code erdma_connect}, {@code erdma_proc_mpareply}). */
public final class ActiveEndPoint extends EndPoint {
    static final long CONNECT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final long REPLY_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int ird;
    private final int ord;
    /** Not needed once it is sent. */
    private byte[] privateData;

    private ActiveEndPoint(EndPoints all, DevicePort device, int ird, int ord, byte[] privateData) {
        super(all, device, MpaFrame.Kind.REPLY);
        this.ird = ird;
        this.ord = ord;
        this.privateData = privateData;
    }

    /**
     * Begins to connect; {@link IwEvent.ConnectReply} tells how it went. Refusals change nothing, in this order.
     *
     * @param local address and port to bind to, port 0 for any; empty to let the host choose
     * @param qpn the QP; it must be in IDLE or RTR when the reply arrives
     * @param ird at most the device's limit
     * @param ord at most the device's limit
     * @param privateData at most 255 bytes
     * @throws ErrnoException EINVAL: private data, IRD or ORD over the limits; EAFNOSUPPORT: not IPv4; ENOENT: no such QP; EINVAL: the QP has a
     *     connection; what {@link io.erdma.core.net.StreamStack#connect} refuses; ENODEV: the device is gone; EBADF: the manager is closed
     */
    public static ActiveEndPoint connect(EndPoints all, DevicePort device, Optional<InetSocketAddress> local,
            InetSocketAddress remote, int qpn, int ird, int ord, byte[] privateData, Consumer<IwEvent> consumer) {
        Checks.privateData(privateData);
        Checks.depths(device, ird, ord);
        local.ifPresent(Checks::family);
        Checks.family(remote);
        ActiveEndPoint endPoint = new ActiveEndPoint(all, device, ird, ord, privateData.clone());
        endPoint.open(local, remote, qpn, consumer);
        return endPoint;
    }

    /** Callbacks may come before the stream is known: their work waits for the lock. Nobody else knows this end point yet. */
    private void open(Optional<InetSocketAddress> local, InetSocketAddress remote, int qpn,
            Consumer<IwEvent> consumer) {
        lock.run(() -> {
            try {
                qp(qpn);
                stream(all.streams().connect(local, remote, callbacks()));
                if (!all.add(this)) {
                    throw all.gone(device);
                }
                consumer(consumer);
                enter(EndPointState.CONNECTING, CONNECT_TIMEOUT_NANOS);
            } catch (ErrnoException e) {
                release(Farewell.NONE);
                throw e;
            }
        });
    }

    @Override
    void connected() {
        if (!is(EndPointState.CONNECTING)) {
            return;
        }
        MpaFrame request = MpaFrame.request(qp().cookie(), qp().congestionControl(), privateData);
        privateData = new byte[0];
        send(request, MpaFrame.Kind.REQUEST).ifPresentOrElse(why -> fail(why, Optional.empty()),
                () -> enter(EndPointState.AWAIT_MPAREP, REPLY_TIMEOUT_NANOS));
    }

    /** Whatever the reason, the reference reports a reset; only a time-out stays one. */
    @Override
    void connectFailed(Errno reason) {
        if (is(EndPointState.CONNECTING)) {
            fail(reason == Errno.ETIMEDOUT ? reason : Errno.ECONNRESET, Optional.empty());
        }
    }

    @Override
    void readable() {
        if (!is(EndPointState.AWAIT_MPAREP)) {
            return;
        }
        switch (read()) {
            case INCOMPLETE -> {
                // the timer runs on
            }
            case COMPLETE -> replied(frame());
            case BROKEN -> fail(Errno.EINVAL, Optional.empty());
            case ENDED -> fail(Errno.ECONNRESET, Optional.empty());
        }
    }

    private void replied(MpaFrame reply) {
        if (reply.reject()) {
            fail(Errno.ECONNRESET, Optional.of(reply));
        } else if (reply.markers() || reply.crc()) {
            fail(Errno.ECONNREFUSED, Optional.of(reply));
        } else {
            establish(reply);
        }
    }

    private void establish(MpaFrame reply) {
        try {
            connectQp(reply, 0, ird, ord);
        } catch (ErrnoException e) {
            fail(Errno.EINVAL, Optional.of(reply));
            return;
        }
        enterRdmaMode();
        raise(new IwEvent.ConnectReply(Optional.empty(), Optional.of(reply)));
    }

    @Override
    void timedOut() { fail(Errno.ETIMEDOUT, Optional.empty()); }

    private void fail(Errno status, Optional<MpaFrame> reply) {
        raise(new IwEvent.ConnectReply(Optional.of(status), reply));
        release(Farewell.STREAM_CLOSED);
    }

    @Override
    void turnDown() {
        // it asks, it is not asked
    }
}
