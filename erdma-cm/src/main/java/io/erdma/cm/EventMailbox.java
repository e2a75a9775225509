package io.erdma.cm;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of an id's events to its channel, in order even when the id moves to another channel meanwhile. Handlers are called by the work queue alone
 * and without the lock.
 */
final class EventMailbox {
    private final ConnectionManager manager;
    private final RdmaCmId id;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<RdmaCmEvent> undelivered = new ArrayDeque<>();
    private RdmaEventChannel channel;
    private boolean closed;

    EventMailbox(ConnectionManager manager, RdmaCmId id, RdmaEventChannel channel) {
        this.manager = manager;
        this.id = id;
        this.channel = channel;
    }

    RdmaEventChannel channel() {
        lock.lock();
        try {
            return channel;
        } finally {
            lock.unlock();
        }
    }

    /** Brings an event to the channel. To be called by the work queue. */
    void deliver(RdmaCmEvent event) {
        boolean late;
        lock.lock();
        try {
            late = closed;
            if (!late) {
                undelivered.addLast(event);
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            drop(event);
        } else {
            drain();
        }
    }

    private void drain() {
        for (Handling next = next(); next != null; next = next()) {
            next.handler.accept(next.event);
        }
    }

    private record Handling(Consumer<RdmaCmEvent> handler, RdmaCmEvent event) {}

    /** Gives a keeping channel all it gets; returns the first event that is for a handler, or null. */
    private @Nullable Handling next() {
        List<RdmaCmEvent> refused = new ArrayList<>();
        lock.lock();
        try {
            while (!undelivered.isEmpty()) {
                RdmaCmEvent event = undelivered.removeFirst();
                Optional<Consumer<RdmaCmEvent>> handler = channel.handler();
                if (handler.isPresent()) {
                    return new Handling(handler.get(), event);
                }
                if (!channel.keep(event)) {
                    refused.add(event);
                }
            }
            return null;
        } finally {
            lock.unlock();
            refused.forEach(EventMailbox::drop);
        }
    }

    /** Moves to another channel with all that was not taken. EBADF once closed. */
    void migrate(RdmaEventChannel newChannel) {
        lock.lock();
        try {
            if (closed) {
                throw new ErrnoException(Errno.EBADF, "the id is closed");
            }
            channel.take(id).reversed().forEach(undelivered::addFirst);
            channel = newChannel;
            if (newChannel.handler().isEmpty()) {
                undelivered.removeIf(newChannel::keep);
            }
        } finally {
            lock.unlock();
        }
        manager.submit(this::drain);
    }

    /** Drops what was not taken. */
    void close() {
        List<RdmaCmEvent> dropped;
        lock.lock();
        try {
            closed = true;
            dropped = channel.take(id);
            dropped.addAll(undelivered);
            undelivered.clear();
        } finally {
            lock.unlock();
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
