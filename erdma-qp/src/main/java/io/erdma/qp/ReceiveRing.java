package io.erdma.qp;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.Mmio;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Limits;
import io.erdma.hw.RingIndex;
import io.erdma.hw.Rqe;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The receive queue as the driver sees it: buffers go in by {@link #postRecv}, room comes back by {@link #completed}. Kernel:
 * {@code erdma_post_recv}; data sheet: §3, §4, §7.
 *
 * <p>Threads and memory order are those of {@link SendRing}. The doorbell is rung once for each entry, in order.
 */
public final class ReceiveRing {
    private final MemorySegment ring;
    private final MemorySegment record;
    private final Mmio doorbell;
    private final int qpn;
    private final int depth;
    private final boolean shared;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean ringing = new AtomicBoolean();
    private int rungIndex; // of whoever rings: the only poster, or who claimed ringing
    private final long[] wrIds; // by slot
    private final AtomicInteger producerIndex = new AtomicInteger();
    private final AtomicInteger consumerIndex = new AtomicInteger();

    /**
     * A ring over memory that the caller keeps and frees.
     *
     * @param ring the queue's memory, 8-byte aligned, as long as the queue: its depth is a power of two, 1 … 32768 entries of 32 bytes
     * @param record the doorbell record, 8 bytes, 8-byte aligned
     * @param doorbell registers whose first 8 bytes are this queue's doorbell
     * @throws io.erdma.core.errno.ErrnoException EINVAL: a QPN of more than 20 bits, a depth or a record of another size
     */
    public ReceiveRing(int qpn, MemorySegment ring, MemorySegment record, Mmio doorbell, Set<RingOption> options) {
        this.qpn = RingChecks.qpn(qpn);
        this.depth = RingChecks.depth(ring, Rqe.SHIFT, 1);
        this.ring = ring;
        this.record = RingChecks.record(record);
        this.doorbell = doorbell;
        this.shared = !options.contains(RingOption.SINGLE_THREADED);
        this.wrIds = new long[depth];
    }

    /**
     * Posts a chain of buffers. Requests from the first refused one on are not taken; those before are posted. Allocates nothing, throws nothing.
     *
     * @param first the chain, possibly empty (null); it may be reused when this returns
     * @return a {@link PostResult}: ENOMEM: the ring is full; EINVAL: more than one element, or a negative number of them
     */
    public long postRecv(@Nullable ReceiveRequest first) {
        return shared ? postShared(first) : postAlone(first);
    }

    private long postAlone(@Nullable ReceiveRequest first) {
        long result = write(first);
        ringAll();
        return result;
    }

    private long postShared(@Nullable ReceiveRequest first) {
        long result;
        lock.lock();
        try {
            result = write(first);
        } finally {
            lock.unlock();
        }
        if (PostResult.taken(result) != 0) {
            ringShared();
        }
        return result;
    }

    private long write(@Nullable ReceiveRequest first) {
        int index = producerIndex.getPlain();
        int room = RingIndex.room16(index, consumerIndex.getAcquire(), depth);
        int taken = 0;
        Errno refusal = null;
        for (ReceiveRequest request = first; request != null; request = request.next) {
            if (request.sgeCount < 0 || request.sgeCount > Limits.RECEIVE_SGES) {
                refusal = Errno.EINVAL;
                break;
            }
            if (taken == room) {
                refusal = Errno.ENOMEM;
                break;
            }
            wrIds[RingIndex.slot(index, depth)] = request.wrId;
            compose(request, index);
            index = RingIndex.advance16(index, 1);
            taken++;
        }
        if (taken != 0) {
            publish(index);
        }
        return refusal == null ? PostResult.ok(taken) : PostResult.refused(refusal, taken);
    }

    private void compose(ReceiveRequest request, int index) {
        long rqe = RingIndex.offset(index, depth, Rqe.SHIFT);
        if (request.sgeCount == 0) {
            Rqe.setSge(ring, rqe, 0, 0, 0);
        } else {
            Rqe.setSge(ring, rqe, request.address, request.length, request.lkey);
        }
        Rqe.store(ring, rqe, Rqe.compose(qpn, RingIndex.advance16(index, 1)));
    }

    /** As {@link SendRing}'s. */
    private void publish(int index) {
        if (shared) {
            producerIndex.set(index);
        } else {
            producerIndex.setRelease(index);
        }
    }

    /** As {@link SendRing}'s. */
    private void ringShared() {
        boolean more = true;
        while (more && ringing.compareAndSet(false, true)) {
            ringAll();
            int rung = rungIndex;
            ringing.set(false);
            more = producerIndex.get() != rung;
        }
    }

    /** Rings for each entry that has not been rung; a post from within a doorbell write rings for those that the outer one left. */
    private void ringAll() {
        while (rungIndex != producerIndex.get()) {
            rungIndex = RingIndex.advance16(rungIndex, 1);
            long value = Rqe.compose(qpn, rungIndex); // the first 8 bytes of that entry
            DoorbellRecord.store(record, 0, value);
            doorbell.write64(0, value);
        }
    }

    /**
     * Takes a completion: puts the request's number into it and frees its entry and all before it. Allocates nothing, throws nothing.
     *
     * @param wqeIndex index of the entry, a 16-bit counter, as the device wrote it
     * @return false, and nothing changed, if no outstanding request is there
     */
    public boolean completed(int wqeIndex, WorkCompletion into) {
        int consumer = consumerIndex.getPlain();
        int outstanding = RingIndex.distance16(consumer, producerIndex.getAcquire());
        if (RingIndex.distance16(consumer, wqeIndex) >= outstanding) {
            return false;
        }
        into.wrId = wrIds[RingIndex.slot(wqeIndex, depth)];
        consumerIndex.setRelease(RingIndex.advance16(wqeIndex, 1));
        return true;
    }

    /** Number of the QP. */
    public int qpn() {
        return qpn;
    }

    /** Size in entries. */
    public int depth() {
        return depth;
    }

    /** Index after the last entry written, a 16-bit counter. Any thread. */
    public int producerIndex() {
        return producerIndex.getAcquire();
    }

    /** Indices at this moment. Any thread; the two are not read at once. */
    public RingSnapshot snapshot() {
        return new RingSnapshot(depth, producerIndex.getAcquire(), consumerIndex.getAcquire());
    }
}
