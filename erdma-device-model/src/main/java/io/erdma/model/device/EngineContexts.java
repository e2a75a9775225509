package io.erdma.model.device;

import io.erdma.core.hal.device.DmaDomain;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The context of each thread that has rung a doorbell of the card. Contexts of threads that have ended are used again. */
final class EngineContexts {
    private final DmaDomain domain;
    @SuppressWarnings("ThreadLocalUsage") // one a card, not one a process
    private final ThreadLocal<@Nullable EngineContext> current = new ThreadLocal<>();
    private final List<Owned> given = new ArrayList<>();

    EngineContexts(DmaDomain domain) {
        this.domain = domain;
    }

    /** The calling thread's context. */
    EngineContext current() {
        EngineContext context = current.get();
        return context != null ? context : assign();
    }

    private EngineContext assign() {
        EngineContext context = take();
        current.set(context);
        return context;
    }

    private synchronized EngineContext take() {
        EngineContext free = null;
        for (Iterator<Owned> all = given.iterator(); all.hasNext();) {
            Owned owned = all.next();
            Thread owner = owned.owner.get();
            if (owner != null && owner.isAlive()) {
                continue;
            }
            all.remove();
            if (free == null) {
                free = owned.context;
            } else {
                owned.context.retire();
            }
        }
        EngineContext context = free != null ? free : new EngineContext(domain);
        given.add(new Owned(new WeakReference<>(Thread.currentThread()), context));
        return context;
    }

    private record Owned(WeakReference<Thread> owner, EngineContext context) {}
}
