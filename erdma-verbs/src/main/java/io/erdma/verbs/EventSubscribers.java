package io.erdma.verbs;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who hears of a device's asynchronous events. Handlers run in the thread that noticed the event, with no lock held; one that throws harms nobody else. */
final class EventSubscribers {
    private static final Logger LOG = LoggerFactory.getLogger(EventSubscribers.class);

    private final List<Entry> entries = new CopyOnWriteArrayList<>();

    Subscription subscribe(Consumer<AsyncEvent> handler) {
        Entry entry = new Entry(handler);
        entries.add(entry);
        return () -> entries.remove(entry);
    }

    /** Tells the object's own handler, then the subscribers. */
    void tell(Consumer<AsyncEvent> own, AsyncEvent event) {
        deliver(own, event);
        tell(event);
    }

    /** Tells the subscribers. */
    void tell(AsyncEvent event) {
        for (Entry entry : entries) {
            deliver(entry.handler, event);
        }
    }

    private static void deliver(Consumer<AsyncEvent> handler, AsyncEvent event) {
        try {
            handler.accept(event);
        } catch (RuntimeException e) {
            LOG.debug("a handler failed on {}", event, e);
        }
    }

    /** Has identity: the same handler may subscribe twice. */
    private static final class Entry {
        private final Consumer<AsyncEvent> handler;

        Entry(Consumer<AsyncEvent> handler) {
            this.handler = handler;
        }
    }
}
