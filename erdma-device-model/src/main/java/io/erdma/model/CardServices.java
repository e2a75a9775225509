package io.erdma.model;

import io.erdma.core.exec.ThreadWorkQueue;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.device.Execution;
import io.erdma.model.net.Trampoline;
import io.erdma.model.spec.CardSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** What all vports of a card share: threads, timers and the engines' DMA domain. Inline, the only thread is that of the timers. */
final class CardServices implements AutoCloseable {
    private final LeakLedger ledger = new LeakLedger();
    private final DmaDomain domain = new DmaDomain();
    private final List<WorkQueue> owned = new ArrayList<>();
    private final boolean inline;
    private final Execution execution;
    private final InProcessOptions memory;
    private final WorkQueue timers;
    private final Executor events;

    CardServices(CardSpec spec, Optional<WorkQueue> givenTimers) {
        inline = spec.engineThreads() == 0;
        memory = new InProcessOptions(spec.strict(), spec.scattered());
        execution = inline
                ? Execution.inline(domain)
                : Execution.threaded(domain, spec.engineThreads(), "moc-engine", ledger);
        timers = givenTimers.orElseGet(() -> thread("moc-timers"));
        events = inline ? new Trampoline() : thread("moc-streams");
    }

    private synchronized WorkQueue thread(String name) {
        WorkQueue queue = new ThreadWorkQueue(name, ledger);
        owned.add(queue);
        return queue;
    }

    LeakLedger ledger() {
        return ledger;
    }

    DmaDomain domain() {
        return domain;
    }

    /** Runs the engines. */
    Execution execution() {
        return execution;
    }

    /** How hosts lay out what the engines touch. */
    InProcessOptions memory() {
        return memory;
    }

    /** Runs time-outs. */
    WorkQueue timers() {
        return timers;
    }

    /** Calls the observers of streams. */
    Executor events() {
        return events;
    }

    /** Runs the interrupt handlers of one vport. */
    Executor interrupts(String vport) {
        return inline ? Runnable::run : thread(vport + "-irq");
    }

    @Override
    public synchronized void close() {
        execution.close();
        owned.reversed().forEach(WorkQueue::close);
        owned.clear();
    }
}
