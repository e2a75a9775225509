package io.erdma.model.device;

import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.RingIndex;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.Rqe;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The receive queue of a QP: entries are taken by the engine of the peer, or by the flush. Its fields belong to the claimant. */
final class ReceiveQueue {
    private static final VarHandle CLAIM;
    private static final VarHandle RUNG;
    private static final VarHandle TAKEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CLAIM = lookup.findVarHandle(ReceiveQueue.class, "claim", int.class);
            RUNG = lookup.findVarHandle(ReceiveQueue.class, "rung", int.class);
            TAKEN = lookup.findVarHandle(ReceiveQueue.class, "taken", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final QueuePair qp;
    private final Ring ring;
    private final int depth;
    private final HostWord record;
    private final CompletionQueue completions;

    @SuppressWarnings("unused") // through CLAIM
    private int claim;
    private volatile int rung;
    private int taken;
    private volatile boolean awaited;

    // the entry at hand
    private long address;
    private long length;
    private int stag;

    ReceiveQueue(QueuePair qp, QueuePair.Side side) {
        this.qp = qp;
        this.ring = side.ring();
        this.depth = side.depth();
        this.record = side.record();
        this.completions = side.completions();
    }

    CompletionQueue completions() {
        return completions;
    }

    Ring ring() {
        return ring;
    }

    boolean tryClaim() {
        return CLAIM.compareAndSet(this, 0, 1);
    }

    void release() {
        CLAIM.setRelease(this, 0);
    }

    /**
     * A doorbell, REFLUSH or record.
     *
     * @return false if the index can't be
     */
    boolean ring(int index) {
        while (true) {
            int now = rung;
            int from = (int) TAKEN.getOpaque(this);
            int ahead = RingIndex.distance16(from, index);
            if (ahead > depth) {
                return false;
            }
            if (ahead <= RingIndex.distance16(from, now)) {
                return true;
            }
            if (RUNG.compareAndSet(this, now, index)) {
                return true;
            }
        }
    }

    /** Whether the peer's engine waits for an entry. */
    boolean awaited() {
        return awaited;
    }

    void setAwaited(boolean waits) {
        awaited = waits;
    }

    /** Whether there is an entry; a doorbell that was lost is looked for in the record. */
    boolean hasEntry() {
        if (taken != rung) {
            return true;
        }
        recover();
        return taken != rung;
    }

    private void recover() {
        long value = record.load();
        if (RqDoorbell.qpn(value) == qp.qpn()) {
            ring(RqDoorbell.producerIndex(value));
        }
    }

    /**
     * Reads the next entry, which is there ({@link #hasEntry()}); {@link #consume} takes it.
     *
     * @return {@link Syndrome#SUCCESS}, or {@link Syndrome#BAD_RQE}
     * @throws IllegalStateException if the ring's memory is gone
     */
    int readEntry() {
        long position = RingIndex.offset(taken, depth, Rqe.SHIFT);
        if (!ring.fetch(position, Rqe.BYTES)) {
            throw new IllegalStateException("receive queue is gone");
        }
        MemorySegment memory = ring.segment(position);
        long offset = ring.offset(position);
        long header = Rqe.load(memory, offset);
        if (Rqe.qpn(header) != qp.qpn() || Rqe.producerIndex(header) != RingIndex.advance16(taken, 1)) {
            return Syndrome.BAD_RQE;
        }
        address = Rqe.address(memory, offset);
        length = Rqe.length(memory, offset);
        stag = Rqe.stag(memory, offset);
        return Syndrome.SUCCESS;
    }

    long address() {
        return address;
    }

    long length() {
        return length;
    }

    int stag() {
        return stag;
    }

    /** Takes the next entry and completes it. */
    void consume(EngineContext context, int opcode, int syndrome, int immediate, long byteCount, boolean solicited) {
        int index = taken;
        TAKEN.setOpaque(this, RingIndex.advance16(index, 1));
        context.lease(completions);
        // destroyed while the lease was waited for: nothing more is said of it
        if (qp.state() != QueuePair.GONE) {
            completions.complete(context, opcode, Cqe.QUEUE_RQ, syndrome, index, qp.qpn(), immediate, byteCount,
                    solicited);
        }
    }

    /** Completes all that was rung as flushed, in order. */
    void flush(EngineContext context) {
        recover();
        while (taken != rung && qp.isFlushing()) {
            consume(context, CqeOpcode.RECV, Syndrome.FLUSHED, 0, 0, false);
        }
    }
}
