package io.erdma.provider;

import io.erdma.core.errno.ErrnoException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Completion events of several CQs, to wait for (libibverbs: {@code ibv_comp_channel}, {@code ibv_get_cq_event}). An event that was taken must be acknowledged
 * ({@link CompletionQueue#ackEvents}): closing a CQ waits for that. Safe for use by several threads.
 */
public final class CompletionChannel implements AutoCloseable {
    private final Context context;
    private final int handle;
    private final AtomicBoolean closed = new AtomicBoolean();

    CompletionChannel(Context context, int handle) {
        this.context = context;
        this.handle = handle;
    }

    /** Its context. */
    public Context context() {
        return context;
    }

    int handle() {
        return handle;
    }

    /**
     * Waits for an event and takes it.
     *
     * @return the CQ, which is not armed any more
     * @throws ErrnoException EIO, ENOENT, EBADF, ENODEV: the channel or the context is closed, or the device gone, now or while waiting
     * @throws InterruptedException the thread was interrupted while it waited
     */
    public CompletionQueue getEvent() throws InterruptedException {
        Optional<CompletionQueue> taken;
        do {
            taken = context.eventOf(context.kernel().getCompletionEvent(handle));
        } while (taken.isEmpty());
        return taken.get();
    }

    /** Takes an event if one is there; refuses as {@link #getEvent}. */
    public Optional<CompletionQueue> pollEvent() {
        Optional<Integer> event;
        Optional<CompletionQueue> taken = Optional.empty();
        do {
            event = context.kernel().pollCompletionEvent(handle);
            if (event.isPresent()) {
                taken = context.eventOf(event.get());
            }
        } while (event.isPresent() && taken.isEmpty());
        return taken;
    }

    /**
     * Closes the channel; waiters are woken. Idempotent.
     *
     * @throws ErrnoException EBUSY: CQs report to it; it stays as it is
     */
    @Override
    public void close() {
        if (!closed.get()) {
            context.unlessGone(() -> context.kernel().destroyChannel(handle));
            closed.set(true);
        }
    }
}
