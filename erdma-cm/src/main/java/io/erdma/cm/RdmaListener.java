package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port whose requests are accepted in the background, each with a PD, CQ and QP of its own; established connections wait for {@link #accept}, as they do
 * with TCP. When too many wait, further requests are rejected. Thread-safe.
 */
public final class RdmaListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RdmaListener.class);

    private final ConnectionManager manager;
    private final ConnectionOptions options;
    private final Gate gate;
    private final RdmaCmId id;
    private final ArrayDeque<RdmaConnection> waiting = new ArrayDeque<>();
    private Optional<Errno> end = Optional.empty();

    private RdmaListener(ConnectionManager manager, ConnectionOptions options) {
        this.manager = manager;
        this.options = options;
        this.gate = manager.gate();
        this.id = manager.createId(manager.createEventChannel(this::happened));
    }

    /** See {@link ConnectionManager#listen}. */
    static RdmaListener open(ConnectionManager manager, InetSocketAddress local, ConnectionOptions options) {
        RdmaListener listener = new RdmaListener(manager, options);
        manager.track(listener);
        try {
            listener.id.bindAddr(local);
            listener.id.listen(options.backlog());
            return listener;
        } catch (ErrnoException e) {
            listener.close();
            throw e;
        }
    }

    private void happened(RdmaCmEvent event) {
        if (event.type() == RdmaCmEventType.CONNECT_REQUEST) {
            requested(event);
        } else if (event.type() == RdmaCmEventType.DEVICE_REMOVAL) {
            finish(Errno.ENODEV);
        }
    }

    /** Whoever asks, and whatever the preparation throws: the answer is an accept or a reject. */
    private void requested(RdmaCmEvent request) {
        try {
            if (isFull()) {
                throw new ErrnoException(Errno.EAGAIN, options.backlog() + " connections wait already");
            }
            RdmaConnection.answer(manager, request, options, this::established);
        } catch (RuntimeException e) {
            LOG.debug("a request at {} is rejected", id, e);
            request.id().close();
        }
    }

    private synchronized boolean isFull() { return waiting.size() >= options.backlog(); }

    private void established(RdmaConnection connection) {
        boolean late;
        synchronized (this) {
            late = end.isPresent();
            if (!late) {
                waiting.addLast(connection);
            }
        }
        if (late) {
            connection.close();
        }
        gate.open();
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress localAddress() { return id.localAddress(); }

    /** Takes a connection, waiting for it as long as it takes; errno as {@link #accept(Duration)}. */
    public RdmaConnection accept() {
        return gate.await(this::poll, Gate.FOREVER).orElseThrow();
    }

    /**
     * Takes a connection, waiting for it. It is the caller's to close; the peer may have disconnected already.
     *
     * @throws ErrnoException ETIMEDOUT: none came in time; EBADF: the listener is closed; ENODEV: its device is gone; ECANCELED: the thread is interrupted
     */
    public RdmaConnection accept(Duration timeout) {
        return gate.await(this::poll, timeout).orElseThrow(
                () -> new ErrnoException(Errno.ETIMEDOUT, "no connection in " + timeout));
    }

    /** Takes a connection if one waits. EBADF: the listener is closed; ENODEV: its device is gone. */
    public synchronized Optional<RdmaConnection> poll() {
        if (waiting.isEmpty() && end.isPresent()) {
            throw new ErrnoException(end.get(), "the listener is closed");
        }
        return Optional.ofNullable(waiting.pollFirst());
    }

    /** Nothing comes any more; what waits can still be taken. */
    private void finish(Errno reason) {
        synchronized (this) {
            end = end.or(() -> Optional.of(reason));
        }
        gate.open();
    }

    /** Stops listening, closes the connections that nobody has taken, and wakes waiters. Idempotent; refuses nothing. */
    @Override
    public void close() {
        id.close();
        finish(Errno.EBADF);
        List<RdmaConnection> unwanted;
        synchronized (this) {
            unwanted = List.copyOf(waiting);
            waiting.clear();
        }
        unwanted.forEach(RdmaConnection::close);
        manager.untrack(this);
    }
}
