package io.erdma.eq;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.Ceqe;
import io.erdma.hw.Limits;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.DestroyEq;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of completion events behind one vector (kernel: {@code erdma_ceq_init_one}, {@code erdma_ceq_completion_handler}). EQ number and vector are
 * the same. It starts armed at CREATE_EQ.
 */
public final class CompletionEventQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionEventQueue.class);

    private final int eqn;
    private final EventRing ring;
    private final CommandChannel commands;
    private final InterruptVectors vectors;
    private final CompletionEventSink sink;
    private boolean closed;
    private volatile long events;
    private volatile long interrupts;

    private CompletionEventQueue(
            int eqn, EventRing ring, CommandChannel commands, InterruptVectors vectors, CompletionEventSink sink) {
        this.eqn = eqn;
        this.ring = ring;
        this.commands = commands;
        this.vectors = vectors;
        this.sink = sink;
    }

    /**
     * Allocates the queue, creates it in the device and takes its vector. On failure nothing is held, neither here nor in the device.
     *
     * @param bar BAR 0
     * @param records pool of 8-byte records
     * @param eqn number of EQ and vector, 1–31
     * @throws ErrnoException ENOMEM; EBUSY if the vector has a handler; what the command failed with
     */
    public static CompletionEventQueue create(
            PciFunction function, Mmio bar, DmaPool records, CommandChannel commands, InterruptVectors vectors, int eqn,
            CompletionEventSink sink) {
        Mmio doorbell = bar.slice(Registers.ceqDoorbell(eqn), Long.BYTES);
        EventRing ring = EventRing.create(function, records, Limits.CEQ_DEPTH, doorbell);
        try {
            CompletionEventQueue queue = new CompletionEventQueue(eqn, ring, commands, vectors, sink);
            queue.createInDevice();
            queue.bind();
            return queue;
        } catch (RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    private void createInDevice() {
        commands.execute(CommandOpcode.CREATE_EQ, (slot, at) -> {
            CreateEq.setRingAddress(slot, at, ring.deviceAddress());
            CreateEq.setVector(slot, at, eqn);
            CreateEq.setEqn(slot, at, eqn);
            CreateEq.setLog2Depth(slot, at, Integer.numberOfTrailingZeros(ring.depth()));
            CreateEq.setType(slot, at, CreateEq.TYPE_CEQ);
            CreateEq.setDoorbellRecord(slot, at, ring.recordAddress());
        });
    }

    private void bind() {
        try {
            vectors.bind(eqn, this::handleInterrupt);
        } catch (RuntimeException e) {
            destroyInDevice();
            throw e;
        }
    }

    /** The vector's handler: up to 16 events, then the doorbell, even when there were none. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time, the handler of this vector
    void handleInterrupt() {
        interrupts++;
        for (int taken = 0; taken < Limits.EVENTS_PER_INTERRUPT; taken++) {
            long offset = ring.poll();
            if (offset == EventRing.EMPTY) {
                break;
            }
            events++;
            sink.completion(Ceqe.cqn(Ceqe.load(ring.entries(), offset)));
        }
        ring.ring();
    }

    /** Number of the EQ, and of its vector. */
    public int eqn() {
        return eqn;
    }

    /** What there is to see. Any thread. */
    public EventQueueState state() {
        return new EventQueueState(eqn, eqn, ring.depth(), ring.consumerIndex(), events, interrupts);
    }

    /** Gives the vector back, destroys the queue in the device and frees it, whatever the device answers. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        vectors.unbind(eqn);
        destroyInDevice();
        ring.close();
    }

    private void destroyInDevice() {
        try {
            commands.execute(CommandOpcode.DESTROY_EQ, (slot, at) -> {
                DestroyEq.setVector(slot, at, eqn);
                DestroyEq.setEqn(slot, at, eqn);
                DestroyEq.setType(slot, at, CreateEq.TYPE_CEQ);
            });
        } catch (ErrnoException e) {
            // a dead device keeps nothing from being freed; it is reset afterwards
            LOG.debug("DESTROY_EQ of EQ {} failed", eqn, e);
        }
    }
}
