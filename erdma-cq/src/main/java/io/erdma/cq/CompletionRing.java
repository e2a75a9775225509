package io.erdma.cq;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Mmio;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Limits;
import io.erdma.hw.RingIndex;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A completion queue as the driver sees it: {@link #poll} takes completions, {@link #arm} asks for an event. Polling tells the device nothing.
 * Kernel: {@code erdma_poll_cq}, {@code erdma_req_notify_cq}; data sheet: §3, §4, §8.
 *
 * <p>Any thread may poll and arm, unless made for a single thread; events may be counted by any thread always. The device writes an entry's body
 * and then its header (release); the poller loads the header (acquire) first.
 */
public final class CompletionRing {
    private static final int CQN_BITS = 24;

    private final MemorySegment ring;
    private final MemorySegment record;
    private final Mmio doorbell;
    private final int cqn;
    private final int depth;
    private final CompletionReader reader;
    private final boolean shared;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger consumerIndex = new AtomicInteger();
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicInteger arms = new AtomicInteger();
    private final AtomicLong skipped = new AtomicLong();

    /** The arm that has not been rung yet, 0 if there is none; whoever claims ringing takes it. */
    private final AtomicLong armToRing = new AtomicLong();
    private final AtomicBoolean ringing = new AtomicBoolean();

    /**
     * A ring over memory that the caller keeps and frees.
     *
     * @param ring the queue's memory, 8-byte aligned, all 0, as long as the queue: its depth is a power of two, 1 … 2²⁰ entries of 32 bytes
     * @param record the doorbell record, 8 bytes, 8-byte aligned
     * @param doorbell registers whose first 8 bytes are this queue's doorbell
     * @param requests how completions find their QPs
     * @param singleThreaded one thread at a time polls and arms, by the caller's promise: nothing is locked
     * @throws ErrnoException EINVAL: a CQN of more than 24 bits, a depth or a record of another size
     */
    public CompletionRing(int cqn, MemorySegment ring, MemorySegment record, Mmio doorbell, RequestLookup requests,
            boolean singleThreaded) {
        if (cqn >>> CQN_BITS != 0) {
            throw new ErrnoException(Errno.EINVAL, "CQN " + cqn + " has more than " + CQN_BITS + " bits");
        }
        if (record.byteSize() != DoorbellRecord.BYTES) {
            throw new ErrnoException(Errno.EINVAL, "a doorbell record of " + record.byteSize() + " bytes");
        }
        this.cqn = cqn;
        this.ring = ring;
        this.depth = depthOf(ring);
        this.record = record;
        this.doorbell = doorbell;
        this.reader = new CompletionReader(ring, requests);
        this.shared = !singleThreaded;
    }

    private static int depthOf(MemorySegment ring) {
        long depth = ring.byteSize() >>> Cqe.SHIFT;
        if (depth << Cqe.SHIFT != ring.byteSize() || Long.bitCount(depth) != 1 || depth > 1L << Limits.LOG2_CQES) {
            throw new ErrnoException(Errno.EINVAL,
                    "a ring of " + ring.byteSize() + " bytes: not a power of two of 1 to "
                            + (1 << Limits.LOG2_CQES) + " entries of " + Cqe.BYTES);
        }
        return (int) depth;
    }

    /**
     * Takes completions. Entries of QPs that are gone, and entries that name no outstanding request, are skipped. Allocates nothing, throws nothing.
     *
     * @param max how many at most; what is beyond the array, or below 0, is cut
     * @param into filled from index 0 on
     * @return how many were taken
     */
    public int poll(int max, WorkCompletion[] into) {
        int wanted = Math.min(max, into.length);
        if (!shared) {
            return take(wanted, into);
        }
        lock.lock();
        try {
            return take(wanted, into);
        } finally {
            lock.unlock();
        }
    }

    private int take(int wanted, WorkCompletion[] into) {
        int index = consumerIndex.getPlain();
        int lap = index + depth; // a device that writes nonsense without end holds nobody here
        int taken = 0;
        while (taken < wanted && index != lap) {
            long cqe = RingIndex.offset(index, depth, Cqe.SHIFT);
            int header = Cqe.load(ring, cqe);
            if (!RingIndex.valid(Cqe.owner(header), index, depth)) {
                break;
            }
            index++;
            if (reader.read(cqe, header, into[taken])) {
                taken++;
            } else {
                skipped.setRelease(skipped.getPlain() + 1);
            }
        }
        consumerIndex.setRelease(index);
        return taken;
    }

    /**
     * Asks for an event at the next completion, or at the next that is solicited or in error (kernel: {@code ib_req_notify_cq} with
     * {@code IB_CQ_REPORT_MISSED_EVENTS}). Completions that are in the ring already raise it at once. Allocates nothing, throws nothing.
     *
     * @return whether completions are in the ring: poll again rather than wait
     */
    public boolean arm(NotifyKind kind) {
        boolean solicitedOnly = kind == NotifyKind.SOLICITED;
        if (shared) {
            armShared(solicitedOnly);
        } else {
            ring(nextArm(solicitedOnly));
        }
        return hasCompletions();
    }

    /** IDX is the count of arms before this one, CMDSN the count of events taken. */
    private long nextArm(boolean solicitedOnly) {
        int idx = arms.getPlain();
        arms.setRelease(idx + 1);
        return CqDoorbell.compose(idx, cqn, true, solicitedOnly, events.getAcquire(), consumerIndex.getPlain());
    }

    private void armShared(boolean solicitedOnly) {
        lock.lock();
        try {
            long waiting = armToRing.get();
            boolean stronger = waiting != 0 && !CqDoorbell.solicitedOnly(waiting);
            armToRing.set(nextArm(solicitedOnly && !stronger));
        } finally {
            lock.unlock();
        }
        while (armToRing.get() != 0 && ringing.compareAndSet(false, true)) {
            long value = armToRing.getAndSet(0);
            if (value != 0) {
                ring(value);
            }
            ringing.set(false);
        }
    }

    private void ring(long value) {
        DoorbellRecord.store(record, 0, value);
        doorbell.write64(0, value);
    }

    /** Whether an entry waits to be polled, of whatever QP. Any thread. */
    public boolean hasCompletions() {
        int index = consumerIndex.getAcquire();
        return RingIndex.valid(Cqe.owner(Cqe.load(ring, RingIndex.offset(index, depth, Cqe.SHIFT))), index, depth);
    }

    /**
     * Counts an event of this queue as taken, so that the next arm is not stale (CMDSN): in the kernel when the CEQE is taken, in a user program when
     * the event is read from its channel. Any thread.
     */
    public void eventTaken() {
        events.incrementAndGet();
    }

    /**
     * Stores the record of a user CQ after CREATE_CQ: no arm yet, and neither number that the first arm will have. A kernel CQ's record starts as 0
     * instead.
     */
    public void storeUnarmedRecord() {
        DoorbellRecord.store(record, 0,
                CqDoorbell.compose(CqDoorbell.UNARMED_IDX, cqn, false, false, CqDoorbell.UNARMED_CMDSN, 0));
    }

    /** Number of the CQ. */
    public int cqn() {
        return cqn;
    }

    /** Size in entries. */
    public int depth() {
        return depth;
    }

    /** Its indices and counters at this moment. Any thread; they are not read at once. */
    public CqSnapshot snapshot() {
        return new CqSnapshot(cqn, depth, consumerIndex.getAcquire(), arms.getAcquire(), events.getAcquire(),
                skipped.getAcquire());
    }
}
