package io.erdma.qp;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.Mmio;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqeHeader;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The send queue as the driver sees it: requests go in by {@link #postSend}, room comes back by {@link #completed}. Kernel:
 * {@code erdma_post_send}; data sheet: §3, §4, §6.
 *
 * <p>Any thread may post, unless made with {@link RingOption#SINGLE_THREADED}. One thread at a time takes completions (the owner of the
 * completion queue sees to that); it may be another than the one that posts.
 *
 * <p>Who writes what: the poster, under the lock, writes the tables and then the producer index (release); the taker of completions reads them
 * behind the completion and writes the consumer index (release), which the poster acquires before it reuses the slots.
 */
public final class SendRing {
    private final MemorySegment record;
    private final Mmio doorbell;
    private final int qpn;
    private final int depth;
    private final RequestComposer composer;
    private final boolean shared;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean ringing = new AtomicBoolean();
    private int rungIndex; // of the thread that claimed ringing

    /** By slot of an entry's first WQEBB: the caller's number, and the WQEBBs it takes; 0 of those in slots inside an entry. */
    private final long[] wrIds;
    private final byte[] wqebbCounts;

    private final AtomicInteger producerIndex = new AtomicInteger();
    private final AtomicInteger consumerIndex = new AtomicInteger();

    /**
     * A ring over memory that the caller keeps and frees.
     *
     * @param ring the queue's memory, 8-byte aligned, as long as the queue: its depth is a power of two, 4 … 32768 WQEBBs of 32 bytes
     * @param record the doorbell record, 8 bytes, 8-byte aligned
     * @param doorbell registers whose first 8 bytes are this queue's doorbell
     * @throws io.erdma.core.errno.ErrnoException EINVAL: a QPN of more than 20 bits, a depth or a record of another size
     */
    public SendRing(int qpn, MemorySegment ring, MemorySegment record, Mmio doorbell, Set<RingOption> options) {
        this.qpn = RingChecks.qpn(qpn);
        this.depth = RingChecks.depth(ring, SqeHeader.WQEBB_SHIFT, SqeHeader.MAX_WQEBBS);
        this.record = RingChecks.record(record);
        this.doorbell = doorbell;
        this.composer = new RequestComposer(ring, depth, qpn, options);
        this.shared = !options.contains(RingOption.SINGLE_THREADED);
        this.wrIds = new long[depth];
        this.wqebbCounts = new byte[depth];
    }

    /**
     * Posts a chain of requests and rings the doorbell once, after the last of them. Requests from the first refused one on are not taken, and
     * nothing of them is in the ring; those before are posted. Allocates nothing, throws nothing.
     *
     * @param first the chain; it may be reused when this returns
     * @return a {@link PostResult}: ENOMEM: no room for that request at the moment; EINVAL: no request at all (null), a READ without exactly one
     *         element, an atomic without any, more than 6 elements, more than 96 inline bytes, an inline element without memory, a REG_MR without
     *         pages, of 4 GiB and more or with another MR's key, and what the ring's {@link RingOption}s exclude; EOPNOTSUPP: unknown opcode;
     *         EFAULT: inline memory that is closed, another thread's or shorter than its element
     */
    public long postSend(@Nullable SendRequest first) {
        if (first == null) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        return shared ? postShared(first) : postAlone(first);
    }

    private long postAlone(SendRequest first) {
        long result = write(first);
        if (PostResult.taken(result) != 0) {
            ring(producerIndex.getPlain());
        }
        return result;
    }

    private long postShared(SendRequest first) {
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

    private long write(SendRequest first) {
        int index = producerIndex.getPlain();
        int room = RingIndex.room16(index, consumerIndex.getAcquire(), depth);
        int taken = 0;
        Errno refusal = null;
        for (SendRequest request = first; request != null; request = request.next) {
            int wqebbs = composer.compose(request, index, room);
            if (wqebbs < 0) {
                refusal = RequestComposer.errno(wqebbs);
                break;
            }
            remember(request.wrId, index, wqebbs);
            index = RingIndex.advance16(index, wqebbs);
            room -= wqebbs;
            taken++;
        }
        if (taken != 0) {
            publish(index);
        }
        return refusal == null ? PostResult.ok(taken) : PostResult.refused(refusal, taken);
    }

    private void remember(long wrId, int index, int wqebbs) {
        int slot = RingIndex.slot(index, depth);
        wrIds[slot] = wrId;
        wqebbCounts[slot] = (byte) wqebbs;
        for (int i = 1; i < wqebbs; i++) {
            wqebbCounts[RingIndex.slot(index + i, depth)] = 0;
        }
    }

    /** Volatile in a shared ring, so that of two posters one at least sees the other's entries or claims the doorbell itself. */
    private void publish(int index) {
        if (shared) {
            producerIndex.set(index);
        } else {
            producerIndex.setRelease(index);
        }
    }

    /**
     * Rings for all that has been written, by whichever poster claims it; one that finds it claimed leaves its index to the claimant, who looks
     * again. So the device never sees an older index after a newer one, and a post from within a doorbell write does not nest.
     */
    private void ringShared() {
        boolean more = true;
        while (more && ringing.compareAndSet(false, true)) {
            int index = producerIndex.get();
            if (index != rungIndex) {
                rungIndex = index;
                ring(index);
            }
            ringing.set(false);
            more = producerIndex.get() != index;
        }
    }

    private void ring(int index) {
        long value = SqDoorbell.compose(qpn, index);
        DoorbellRecord.store(record, 0, value);
        doorbell.write64(0, value);
    }

    /**
     * Takes a completion: puts the request's number into it and frees every WQEBB up to and including the request's entry, unsignalled requests
     * before it being done too. Allocates nothing, throws nothing.
     *
     * @param wqeIndex index of the entry's first WQEBB, a 16-bit counter, as the device wrote it
     * @return false, and nothing changed, if no outstanding request begins there
     */
    public boolean completed(int wqeIndex, WorkCompletion into) {
        int consumer = consumerIndex.getPlain();
        int outstanding = RingIndex.distance16(consumer, producerIndex.getAcquire());
        int slot = RingIndex.slot(wqeIndex, depth);
        int wqebbs = wqebbCounts[slot];
        if (RingIndex.distance16(consumer, wqeIndex) >= outstanding || wqebbs == 0) {
            return false;
        }
        into.wrId = wrIds[slot];
        consumerIndex.setRelease(RingIndex.advance16(wqeIndex, wqebbs));
        return true;
    }

    /** Number of the QP. */
    public int qpn() {
        return qpn;
    }

    /** Size in WQEBBs. */
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
