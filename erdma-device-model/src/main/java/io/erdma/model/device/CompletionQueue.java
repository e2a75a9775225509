package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandCqe;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A completion queue, the command CQ too (device-interface §3, §8; device-behaviour §6). Engines write entries under its lock, which they keep for a batch
 * ({@link EngineContext#lease}). Arms leave their value beside the lock and never wait: whoever holds the lock looks again after releasing it.
 *
 * <p>The device is not told how far the driver has polled, so a full queue can't be told from an empty one and is written on and on. Only a driver that
 * reports its polling (by doorbells or records without ARM) gets the check for overflow.
 */
final class CompletionQueue {
    private static final int INDEX_24 = 0xFF_FFFF;
    /** Of an entry: what is stored last, in one piece. */
    private static final int HEADER_BYTES = 8;
    private static final int UNARMED = 0;
    private static final int SOLICITED = 1;
    private static final int ANY = 2;

    private static final VarHandle LOCK;
    private static final VarHandle RUNG;

    static {
        try {
            LOCK = MethodHandles.lookup().findVarHandle(CompletionQueue.class, "lock", int.class);
            RUNG = MethodHandles.lookup().findVarHandle(CompletionQueue.class, "rung", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Session session;
    private final int cqn;
    private final Ring ring;
    private final int depth;
    private final HostWord record;
    private final EventQueue events;
    private volatile boolean closed;
    /** Page where it is armed, or {@link DoorbellPages#ANY}. */
    private final int doorbellPage;
    private int users;
    private DoorbellPages.@Nullable Owner owner;

    @SuppressWarnings("unused") // through LOCK
    private int lock;
    /** The doorbell that came while the lock was held, 0 for none: one without ARM and without index says nothing. */
    private volatile long rung;

    // under the lock
    private int producerIndex;
    private int consumerIndex;
    private boolean checksOverflow;
    private boolean failed;
    private int arm = UNARMED;
    private int lastIdx = -1;
    private int armCmdsn;
    private int eventCmdsn = -1;
    private boolean everSolicited;
    private int afterSolicited;
    private long lastRecord;

    CompletionQueue(
            Session session, int cqn, Ring ring, int depth, DmaSpace space, long recordAddress, EventQueue events,
            int doorbellPage) {
        this.session = session;
        this.cqn = cqn;
        this.ring = ring;
        this.depth = depth;
        this.record = new HostWord(space, recordAddress);
        this.events = events;
        this.doorbellPage = doorbellPage;
    }

    int cqn() {
        return cqn;
    }

    Ring ring() {
        return ring;
    }

    /** Index of the next entry, 32 bits; for those who look on, perhaps an old one. */
    int producerIndex() {
        return producerIndex;
    }

    EventQueue events() {
        return events;
    }

    int doorbellPage() {
        return doorbellPage;
    }

    /** Queue pairs that complete here, sends and receives counted apart. Written by the command processor alone. */
    int users() {
        return users;
    }

    void addUsers(int change) {
        users += change;
    }

    /** Binds it to the user context whose pages it is rung in, or unbinds it. Command processor. */
    void bind(DoorbellPages.@Nullable Owner newOwner) {
        if (owner != null) {
            owner.addUsers(-1);
        }
        owner = newOwner;
        if (newOwner != null) {
            newOwner.addUsers(1);
        }
    }

    /** From now on nothing is written; after a grace period ({@link EngineContext#quiesce}) nothing is being written either. */
    void close() {
        closed = true;
    }

    boolean tryLock() {
        return LOCK.compareAndSet(this, 0, 1);
    }

    /** Inside, as an event may have to be written. */
    void unlock(EngineContext context) {
        if (arm == UNARMED && !closed) {
            recover(context);
        }
        LOCK.setVolatile(this, 0);
        if (rung != 0) {
            applyRung(context);
        }
    }

    /** The doorbell. Inside. */
    void ring(EngineContext context, long doorbell) {
        while (true) {
            long now = rung;
            if (RUNG.compareAndSet(this, now, merge(now, doorbell))) {
                break;
            }
        }
        applyRung(context);
    }

    /** What two doorbells mean that come before one is looked at: the later one, but an arm is not lost, nor weakened. */
    private static long merge(long earlier, long later) {
        if (!CqDoorbell.arm(earlier)) {
            return later;
        }
        if (!CqDoorbell.arm(later)) {
            return earlier;
        }
        return CqDoorbell.solicitedOnly(earlier) ? later : later & ~CqDoorbell.compose(0, 0, false, true, 0, 0);
    }

    private void applyRung(EngineContext context) {
        while (rung != 0 && tryLock()) {
            long doorbell = (long) RUNG.getAndSet(this, 0L);
            if (doorbell != 0 && !closed) {
                apply(context, doorbell);
            }
            LOCK.setVolatile(this, 0);
        }
    }

    private void apply(EngineContext context, long doorbell) {
        int index = CqDoorbell.consumerIndex(doorbell);
        if (!CqDoorbell.arm(doorbell)) {
            if (checksOverflow || index != 0) {
                checksOverflow = true;
                consumerIndex = index;
            }
            return;
        }
        int idx = CqDoorbell.idx(doorbell);
        int cmdsn = CqDoorbell.cmdsn(doorbell);
        boolean stale = idx == lastIdx || cmdsn == eventCmdsn;
        lastIdx = idx; // seen, though it be stale: IDX comes round again, and that one must count
        if (stale) {
            session.function().count(ModelCounter.STALE_ARMS);
            return;
        }
        armCmdsn = cmdsn;
        consumerIndex = index;
        if (arm != ANY) {
            arm = CqDoorbell.solicitedOnly(doorbell) ? SOLICITED : ANY;
        }
        if (arm == ANY ? behind(producerIndex) > 0 : everSolicited && isUnseen(afterSolicited)) {
            raiseEvent(context);
        }
    }

    /** How far an index lies beyond what the driver has seen. */
    private int behind(int index) {
        return (index - consumerIndex) & INDEX_24;
    }

    private boolean isUnseen(int index) {
        int ahead = behind(index);
        return ahead > 0 && ahead <= behind(producerIndex);
    }

    private void raiseEvent(EngineContext context) {
        arm = UNARMED;
        eventCmdsn = armCmdsn;
        events.postCompletion(context, cqn);
    }

    /** A doorbell that was lost is still in the record; so is what a driver reports of its polling. */
    private void recover(EngineContext context) {
        long value = record.load();
        if (value != lastRecord) {
            lastRecord = value;
            if (CqDoorbell.cqn(value) == cqn && CqDoorbell.idx(value) != lastIdx) {
                apply(context, value);
            }
        }
    }

    /**
     * Completes a work request. Under the lock, inside.
     *
     * @param immediate as a number, or the invalidated key if {@code opcode} is that of a receive with invalidate
     * @param solicited whether a solicited-only arm counts it; one in error counts always
     */
    void complete(
            EngineContext context, int opcode, int queueType, int syndrome, int wqeIndex, int qpn, int immediate,
            long byteCount,
            boolean solicited) {
        long position = RingIndex.offset(producerIndex, depth, Cqe.SHIFT);
        if (!hasRoom(context, position)) {
            return;
        }
        try {
            MemorySegment memory = ring.segment(position);
            long offset = ring.offset(position);
            int word = opcode == CqeOpcode.RECV_INV ? Integer.reverseBytes(immediate) : immediate;
            int header = Cqe.compose(RingIndex.ownerBit(producerIndex, depth), opcode, queueType, syndrome);
            Cqe.publish(memory, offset, header, wqeIndex, qpn, word, byteCount);
            if (!ring.publish(position, Cqe.BYTES, HEADER_BYTES)) {
                gone(context);
                return;
            }
        } catch (IllegalStateException e) {
            fail(context);
            return;
        }
        written(context, solicited || syndrome != 0);
    }

    /** Completes a command. Under the lock, inside. */
    void completeCommand(EngineContext context, int opcode, int syndrome, int wqebbIndex, long response0,
            long response1) {
        long position = RingIndex.offset(producerIndex, depth, CommandCqe.SHIFT);
        if (!hasRoom(context, position)) {
            return;
        }
        try {
            MemorySegment memory = ring.segment(position);
            long offset = ring.offset(position);
            CommandCqe.setWqebbIndex(memory, offset, wqebbIndex);
            CommandCqe.setResponse0(memory, offset, response0);
            CommandCqe.setResponse1(memory, offset, response1);
            int owner = RingIndex.ownerBit(producerIndex, depth);
            CommandCqe.store(memory, offset, CommandCqe.compose(owner, opcode, Cqe.QUEUE_COMMAND, syndrome));
            if (!ring.publish(position, CommandCqe.BYTES, HEADER_BYTES)) {
                gone(context);
                return;
            }
        } catch (IllegalStateException e) {
            fail(context);
            return;
        }
        written(context, syndrome != 0);
    }

    private void written(EngineContext context, boolean solicited) {
        producerIndex++;
        if (solicited) {
            everSolicited = true;
            afterSolicited = producerIndex;
        }
        if (arm == ANY || (arm == SOLICITED && solicited)) {
            raiseEvent(context);
        }
    }

    private boolean hasRoom(EngineContext context, long position) {
        if (failed || closed) {
            session.function().count(ModelCounter.LOST_COMPLETIONS);
            return false;
        }
        if (behind(producerIndex) >= depth && isFull(context)) {
            session.function().count(ModelCounter.LOST_COMPLETIONS);
            fail(context);
            return false;
        }
        if (!ring.isOpen(position)) {
            gone(context);
            return false;
        }
        return true;
    }

    /** The record is asked once a lap: it turns the check on, or makes room. */
    private boolean isFull(EngineContext context) {
        long value = record.load();
        if (value != lastRecord && CqDoorbell.cqn(value) == cqn && !CqDoorbell.arm(value)) {
            lastRecord = value;
            apply(context, value);
        }
        if (!checksOverflow) {
            consumerIndex = producerIndex;
        }
        return behind(producerIndex) >= depth;
    }

    private void gone(EngineContext context) {
        session.function().count(ModelCounter.DMA_ERRORS);
        fail(context);
    }

    private void fail(EngineContext context) {
        failed = true;
        session.completionQueueFailed(context, this);
    }
}
