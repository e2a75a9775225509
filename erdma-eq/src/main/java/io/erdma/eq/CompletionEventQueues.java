package io.erdma.eq;

import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.cmd.CommandChannel;
import java.util.ArrayList;
import java.util.List;

/** All completion EQs of a function: one for each vector from 1 on (kernel: {@code erdma_ceqs_init}). */
public final class CompletionEventQueues implements AutoCloseable {
    private final List<CompletionEventQueue> queues;

    private CompletionEventQueues(List<CompletionEventQueue> queues) {
        this.queues = queues;
    }

    /**
     * Creates one EQ for each vector but the first. On failure those that were created are closed, the last first.
     *
     * @throws io.erdma.core.errno.ErrnoException as {@link CompletionEventQueue#create}
     */
    public static CompletionEventQueues create(
            PciFunction function, Mmio bar, DmaPool records, CommandChannel commands, InterruptVectors vectors,
            CompletionEventSink sink) {
        CompletionEventQueues created = new CompletionEventQueues(new ArrayList<>());
        try {
            for (int eqn = 1; eqn < vectors.count(); eqn++) {
                created.queues.add(
                        CompletionEventQueue.create(function, bar, records, commands, vectors, eqn, sink));
            }
            return created;
        } catch (RuntimeException e) {
            created.close();
            throw e;
        }
    }

    /** How many completion vectors there are: 0 with one MSI-X vector. */
    public int count() {
        return queues.size();
    }

    /** What there is to see of each. */
    public List<EventQueueState> states() {
        return queues.stream().map(CompletionEventQueue::state).toList();
    }

    /** Closes all, the last first. Idempotent. */
    @Override
    public void close() {
        queues.reversed().forEach(CompletionEventQueue::close);
    }
}
