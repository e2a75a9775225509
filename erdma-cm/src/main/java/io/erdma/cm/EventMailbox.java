package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The way of an id's events to its channel, in order even when the id moves to another channel meanwhile. Handlers are called by the work queue alone
 * and without the lock, which is this object.
 */
final class EventMailbox {
    private final ConnectionManager manager;
    private final RdmaCmId id;
    private final ArrayDeque<RdmaCmEvent> undelivered = new ArrayDeque<>(1);
    private RdmaEventChannel channel;
    private boolean closed;

    EventMailbox(ConnectionManager manager, RdmaCmId id, RdmaEventChannel channel) {
        this.manager = manager;
        this.id = id;
        this.channel = channel;
    }

    synchronized RdmaEventChannel channel() {
        return channel;
    }

    /** Brings an event to the channel. To be called by the work queue. */
    void deliver(RdmaCmEvent event) {
        if (take(event)) {
            drain();
        } else {
            drop(event);
        }
    }

    private synchronized boolean take(RdmaCmEvent event) {
        return !closed && undelivered.add(event);
    }

    private void drain() {
        for (Optional<Runnable> call = next(); call.isPresent(); call = next()) {
            call.get().run();
        }
    }

    /** Gives a keeping channel all it gets; returns the first thing that is to be done without the lock. */
    private synchronized Optional<Runnable> next() {
        while (!undelivered.isEmpty()) {
            RdmaCmEvent event = undelivered.removeFirst();
            Optional<Consumer<RdmaCmEvent>> handler = channel.handler();
            if (handler.isPresent()) {
                return Optional.of(() -> handler.get().accept(event));
            }
            if (!channel.keep(event)) {
                return Optional.of(() -> drop(event));
            }
        }
        return Optional.empty();
    }

    /** Moves to another channel with all that was not taken. EBADF once closed; what {@link RdmaEventChannel#requireUsableBy} refuses. */
    void migrate(RdmaEventChannel newChannel) {
        newChannel.requireUsableBy(manager);
        synchronized (this) {
            if (closed) {
                throw new ErrnoException(Errno.EBADF, "the id is closed");
            }
            channel.take(id).reversed().forEach(undelivered::addFirst);
            channel = newChannel;
            if (newChannel.handler().isEmpty()) {
                undelivered.removeIf(newChannel::keep);
            }
        }
        manager.submit(this::drain);
    }

    /** Drops what was not taken. */
    void close() {
        List<RdmaCmEvent> dropped;
        synchronized (this) {
            closed = true;
            dropped = channel.take(id);
            dropped.addAll(undelivered);
            undelivered.clear();
        }
        dropped.forEach(EventMailbox::drop);
    }

    /** Nobody will see this event: a request in it is rejected. */
    static void drop(RdmaCmEvent event) {
        if (event.type() == RdmaCmEventType.CONNECT_REQUEST) {
            event.id().close();
        }
    }
}
