package io.erdma.provider;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.cq.CompletionRing;
import io.erdma.hw.Cqe;
import io.erdma.hw.abi.UreqCreateCq;
import io.erdma.hw.abi.UrespCreateCq;
import io.erdma.hw.abi.UserAbi;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A completion queue in the program's own memory (libibverbs: {@code ibv_cq}; provider: {@code struct erdma_cq}). Any thread may poll and arm, unless made for a
 * single thread; neither calls the driver.
 */
public final class CompletionQueue implements AutoCloseable {
    private final Context context;
    private final int handle;
    private final CqInitAttributes attributes;
    private final CompletionRing ring;
    private final AnonymousMemory memory;
    private final RecordPool.Slot record;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;

    private final ReentrantLock events = new ReentrantLock();
    private final Condition acknowledgement = events.newCondition();
    private long eventsTaken; // under the lock
    private long eventsAcknowledged; // likewise
    private boolean waitForNobody; // likewise

    private CompletionQueue(Context context, int handle, CqInitAttributes attributes, CompletionRing ring,
            AnonymousMemory memory, RecordPool.Slot record) {
        this.context = context;
        this.handle = handle;
        this.attributes = attributes;
        this.ring = ring;
        this.memory = memory;
        this.record = record;
    }

    /** See {@link Context#createCq(CqInitAttributes)}. */
    static CompletionQueue create(Context context, CqInitAttributes attributes) {
        int entries = entries(context, attributes.entries());
        int channel = attributes.channel().map(events -> handle(context, events)).orElse(0);
        AnonymousMemory memory = context.process().mmap((long) entries << Cqe.SHIFT);
        RecordPool.Slot record = null;
        try {
            record = context.records().take();
            MemorySegment response = Abi.zeroed(UrespCreateCq.BYTES);
            int handle = context.kernel().createCq(entries, attributes.completionVector(), channel,
                    request(memory, record), response);
            return made(context, handle, attributes, memory, record, response);
        } catch (RuntimeException e) {
            Abi.free(memory, record);
            throw e;
        }
    }

    /** At least 64, and a power of two, as far as the device has so many. EINVAL: below 1, or over the device's limit. */
    private static int entries(Context context, int asked) {
        int most = context.attributes().maxCqe();
        if (asked < 1 || asked > most) {
            throw new ErrnoException(Errno.EINVAL, "CQ of " + asked + " entries, 1…" + most + " are possible");
        }
        return Abi.powerOfTwo(Math.max(asked, Math.min(UserAbi.MIN_CQES, most)));
    }

    private static int handle(Context context, CompletionChannel channel) {
        if (channel.context() != context) {
            throw new ErrnoException(Errno.EINVAL, "the completion channel is of another context");
        }
        return channel.handle();
    }

    private static MemorySegment request(AnonymousMemory memory, RecordPool.Slot record) {
        MemorySegment request = Abi.zeroed(UreqCreateCq.BYTES);
        UreqCreateCq.setDbRecordVa(request, 0, record.address());
        UreqCreateCq.setQbufVa(request, 0, memory.address());
        UreqCreateCq.setQbufLen(request, 0, memory.segment().byteSize());
        return request;
    }

    private static CompletionQueue made(Context context, int handle, CqInitAttributes attributes,
            AnonymousMemory memory, RecordPool.Slot record, MemorySegment response) {
        try {
            CompletionRing ring = ring(context, attributes, memory, record, response);
            return context.add(new CompletionQueue(context, handle, attributes, ring, memory, record));
        } catch (RuntimeException e) {
            context.unlessGone(() -> context.kernel().destroyCq(handle));
            throw e;
        }
    }

    private static CompletionRing ring(Context context, CqInitAttributes attributes, AnonymousMemory memory,
            RecordPool.Slot record, MemorySegment response) {
        int cqn = UrespCreateCq.cqId(response, 0);
        long bytes = (long) UrespCreateCq.numCqe(response, 0) << Cqe.SHIFT;
        CompletionRing ring = new CompletionRing(cqn, memory.segment().asSlice(0, bytes), record.first(),
                context.doorbells().completions(cqn), context.requests(), attributes.singleThreaded());
        ring.storeUnarmedRecord();
        return ring;
    }

    /** Its context. */
    public Context context() {
        return context;
    }

    /** Its number on the device, from 1. */
    public int cqn() {
        return ring.cqn();
    }

    /** How many completions it holds: a power of two. */
    public int entries() {
        return ring.depth();
    }

    /** The caller's own object (libibverbs: {@code cq_context}). */
    public Optional<Object> attachment() {
        return attributes.attachment();
    }

    int handle() {
        return handle;
    }

    /** Takes as many completions as the array has places; see {@link #poll(int, WorkCompletion[])}. */
    public int poll(WorkCompletion[] into) {
        return poll(into.length, into);
    }

    /**
     * Takes completions (libibverbs: {@code ibv_poll_cq}; provider: {@code erdma_poll_cq}). Those of QPs that are gone are skipped. Allocates nothing, throws
     * nothing.
     *
     * @param max how many at most; what is beyond the array, or below 0, is cut
     * @param into filled in from index 0 on
     * @return how many were taken; 0 of a closed CQ
     */
    public int poll(int max, WorkCompletion[] into) {
        if (closed) {
            return 0;
        }
        try {
            return ring.poll(max, into);
        } catch (IllegalStateException closedMeanwhile) {
            return 0;
        }
    }

    /**
     * Asks for an event (libibverbs: {@code ibv_req_notify_cq}; provider: {@code erdma_notify_cq}). Allocates nothing, throws nothing.
     *
     * @return whether completions are there already: poll again rather than wait. False of a closed CQ
     */
    public boolean reqNotify(NotifyKind kind) {
        if (closed) {
            return false;
        }
        try {
            return ring.arm(kind);
        } catch (IllegalStateException closedMeanwhile) {
            return false;
        }
    }

    /** An event of it was read from the channel (provider: {@code erdma_cq_event}). */
    void eventTaken() {
        ring.eventTaken();
        events.lock();
        try {
            eventsTaken++;
        } finally {
            events.unlock();
        }
    }

    /** Acknowledges events that its channel gave out (libibverbs: {@code ibv_ack_cq_events}). EINVAL: more than were given out, or below 0. */
    public void ackEvents(int count) {
        events.lock();
        try {
            if (count < 0 || count > eventsTaken - eventsAcknowledged) {
                throw new ErrnoException(Errno.EINVAL, "%d events acknowledged, %d of %s are due".formatted(
                        count, eventsTaken - eventsAcknowledged, this));
            }
            eventsAcknowledged += count;
            acknowledgement.signalAll();
        } finally {
            events.unlock();
        }
    }

    /** How many completions were skipped, as they named no outstanding request of this context. */
    public long skipped() {
        return ring.snapshot().skipped();
    }

    /**
     * Destroys it (libibverbs: {@code ibv_destroy_cq}). Waits until every event that its channel gave out is acknowledged, or the context is closed, so it must
     * not be called by the thread that owes one. Idempotent.
     *
     * @throws ErrnoException EBUSY: QPs use it; it stays as it is
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        try {
            context.unlessGone(() -> awaitAcknowledged(context.kernel().destroyCq(handle)));
        } catch (ErrnoException e) {
            closing.set(false);
            throw e;
        }
        context.forget(this);
        free();
    }

    private void awaitAcknowledged(int reported) {
        events.lock();
        try {
            while (eventsAcknowledged < reported && !waitForNobody) {
                acknowledgement.awaitUninterruptibly();
            }
        } finally {
            events.unlock();
        }
    }

    /** The driver has forgotten it: frees its memory, and lets go whoever waits. */
    void free() {
        closed = true;
        events.lock();
        try {
            waitForNobody = true;
            acknowledgement.signalAll();
        } finally {
            events.unlock();
        }
        Abi.free(memory, record);
    }

    @Override
    public String toString() {
        return "CQ " + cqn();
    }
}
