package io.erdma.eq;

import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Limits;
import io.erdma.hw.Registers;
import java.lang.foreign.MemorySegment;

/**
 * The queue of asynchronous events (kernel: {@code erdma_aeq_init}, {@code erdma_aeq_event_handler}). It shares vector 0 with the command EQ: the
 * common handler calls {@link #handleInterrupt()} each time. It starts armed at INIT.
 */
public final class AsyncEventQueue implements AutoCloseable {
    private final EventRing ring;
    private final AsyncEventSink sink;
    private volatile long events;
    private volatile long interrupts;

    private AsyncEventQueue(EventRing ring, AsyncEventSink sink) {
        this.ring = ring;
        this.sink = sink;
    }

    /**
     * Allocates the queue and tells the device's registers of it, before INIT. On failure nothing is held.
     *
     * @param bar BAR 0
     * @param records pool of 8-byte records
     * @throws io.erdma.core.errno.ErrnoException ENOMEM
     */
    public static AsyncEventQueue create(PciFunction function, Mmio bar, DmaPool records, AsyncEventSink sink) {
        Mmio doorbell = bar.slice(Registers.AEQ_DB, Long.BYTES);
        EventRing ring = EventRing.create(function, records, Limits.AEQ_DEPTH, doorbell);
        bar.write32(Registers.AEQ_ADDR_H, (int) (ring.deviceAddress() >>> 32));
        bar.write32(Registers.AEQ_ADDR_L, (int) ring.deviceAddress());
        bar.write32(Registers.AEQ_DEPTH, ring.depth());
        bar.write64(Registers.AEQ_DB_HOST_ADDR, ring.recordAddress());
        return new AsyncEventQueue(ring, sink);
    }

    /** Takes up to 16 events and rings the doorbell, even when there were none: the device raises the vector again if some remain. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time, the handler of vector 0
    public void handleInterrupt() {
        interrupts++;
        for (int taken = 0; taken < Limits.EVENTS_PER_INTERRUPT; taken++) {
            long offset = ring.poll();
            if (offset == EventRing.EMPTY) {
                break;
            }
            events++;
            tell(ring.entries(), offset);
        }
        ring.ring();
    }

    private void tell(MemorySegment entries, long offset) {
        int type = Aeqe.type(Aeqe.load(entries, offset));
        int number = Aeqe.data0(entries, offset);
        if (type == Aeqe.CQ_ERROR) {
            sink.cqEvent(number);
        } else {
            sink.qpEvent(number, type);
        }
    }

    /** What there is to see. Any thread. */
    public EventQueueState state() {
        return new EventQueueState(-1, 0, ring.depth(), ring.consumerIndex(), events, interrupts);
    }

    /** Frees the queue; the device must have been reset. Idempotent. */
    @Override
    public void close() {
        ring.close();
    }
}
