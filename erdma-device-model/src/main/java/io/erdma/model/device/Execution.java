package io.erdma.model.device;

import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.leak.LeakLedger;

/**
 * Who runs the engines of a card: the thread that rings a doorbell ({@link #inline}), or threads of the card ({@link #threaded}). Same behaviour; a
 * doorbell never waits in either. One a card, as all its functions' engines share its tickets.
 */
public abstract sealed class Execution implements AutoCloseable permits InlineExecution, ThreadedExecution {
    private final EngineContexts contexts;

    Execution(DmaDomain domain) {
        this.contexts = new EngineContexts(domain);
    }

    /** The calling thread does all the work: deterministic, and the fastest for one core. */
    public static Execution inline(DmaDomain domain) {
        return new InlineExecution(domain);
    }

    /**
     * Threads of the card do the work.
     *
     * @param threads from 1
     * @param name of the threads, with a number behind it
     * @param ledger counts the threads
     */
    public static Execution threaded(DmaDomain domain, int threads, String name, LeakLedger ledger) {
        return new ThreadedExecution(domain, threads, name, ledger);
    }

    /** The context of the calling thread. */
    final EngineContext context() {
        return contexts.current();
    }

    /** A doorbell of a send queue, or of the command queue. */
    abstract void ring(Work work, int index);

    /** Something other than an index has changed: have the queue looked at. */
    abstract void wake(Work work);

    /** As {@link #ring} for commands: in inline mode at once, even in an interrupt handler, since its waiter polls. */
    abstract void command(Work work, int index);

    /** Ends the threads. The functions have been reset before. Idempotent. */
    @Override
    public abstract void close();
}
