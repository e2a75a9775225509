package io.erdma.cm.iwarp;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections on a port of the host for one device (kernel: {@code erdma_create_listen}, {@code erdma_accept_newconn}). As many as the backlog
 * says may be under way before they are accepted or rejected; more are closed at once. Thread-safe.
 */
public final class ListeningEndPoint implements AutoCloseable {
    /** Taken when a consumer does not care (the core's own default). */
    public static final int DEFAULT_BACKLOG = 256;

    final DevicePort device;
    private final EndPoints all;
    private final int backlog;
    private final Consumer<IwEvent> consumer;
    private final Set<PassiveEndPoint> undecided = ConcurrentHashMap.newKeySet();
    private volatile EndPointState state = EndPointState.IDLE;
    private volatile @Nullable StreamListener port;

    private ListeningEndPoint(EndPoints all, DevicePort device, int backlog, Consumer<IwEvent> consumer) {
        this.all = all;
        this.device = device;
        this.backlog = backlog > 0 ? backlog : DEFAULT_BACKLOG;
        this.consumer = consumer;
    }

    /**
     * Listens. The wildcard address stands for the addresses of the device's interface alone.
     *
     * @param local IPv4 address and port; port 0 for any free one
     * @param backlog connections under way; 0 or less: {@link #DEFAULT_BACKLOG}
     * @param consumer gets an {@link IwEvent.ConnectRequest} for each good request
     * @throws ErrnoException EAFNOSUPPORT; EADDRINUSE, EADDRNOTAVAIL; ENODEV: the device is gone; EBADF: the manager is closed
     */
    public static ListeningEndPoint listen(EndPoints all, DevicePort device, InetSocketAddress local, int backlog,
            Consumer<IwEvent> consumer) {
        Checks.family(local);
        ListeningEndPoint endPoint = new ListeningEndPoint(all, device, backlog, consumer);
        endPoint.open(local);
        return endPoint;
    }

    private void open(InetSocketAddress local) {
        state = EndPointState.LISTENING;
        StreamListener opened = all.streams().listen(local, Optional.of(device.netdev()), backlog, this::accepted);
        port = opened;
        if (!all.add(this)) {
            close();
            opened.close(); // close() may have run before the port was known
            throw all.gone(device);
        }
    }

    /** LISTENING or CLOSED. */
    public EndPointState state() { return state; }

    /** Address and real port. */
    public InetSocketAddress local() {
        StreamListener opened = port;
        return opened == null ? new InetSocketAddress(0) : opened.local();
    }

    /** Comes in any thread. */
    private void accepted(Stream stream) {
        if (!all.submit(() -> begin(stream))) {
            stream.close();
        }
    }

    private void begin(Stream stream) {
        if (state != EndPointState.LISTENING || undecided.size() >= backlog) {
            stream.close();
            return;
        }
        PassiveEndPoint endPoint = new PassiveEndPoint(all, this);
        undecided.add(endPoint);
        endPoint.begin(stream);
        if (state == EndPointState.CLOSED) { // closed since the first look, and perhaps before the add
            endPoint.orphaned();
        }
    }

    /** An end point is connected or closed. */
    void settled(PassiveEndPoint endPoint) { undecided.remove(endPoint); }

    Consumer<IwEvent> consumer() { return consumer; }

    /** Stops listening. Connections whose request has not come yet are closed; those that the consumer knows live on. Idempotent. */
    @Override
    public void close() {
        state = EndPointState.CLOSED;
        StreamListener opened = port;
        if (opened != null) {
            opened.close();
        }
        undecided.forEach(PassiveEndPoint::orphaned);
        all.remove(this);
    }
}
