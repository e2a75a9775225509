package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.RingIndex;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * An event queue: command EQ, AEQ or CEQ (device-interface §9, device-behaviour §6). It starts armed; an entry disarms it and raises its vector, its
 * doorbell arms it again. A full one keeps events back.
 *
 * <p>Entries are written under a lock that is held for a few instructions only. A doorbell leaves its value beside the lock and never waits: whoever
 * holds the lock looks again after releasing it.
 */
final class EventQueue {
    private static final int INDEX = 0xFFFF;
    private static final VarHandle LOCK;
    private static final VarHandle RUNG;

    static {
        try {
            LOCK = MethodHandles.lookup().findVarHandle(EventQueue.class, "lock", int.class);
            RUNG = MethodHandles.lookup().findVarHandle(EventQueue.class, "rung", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int COMPLETION = -1;
    /** Set in {@link #rung} when it holds a doorbell. */
    private static final long PRESENT = 1L << 63;

    private final ErdmaFunction function;
    private final Ring ring;
    private final HostWord record;
    private final int depth;
    private final int vector;
    private int users;

    @SuppressWarnings("unused") // through LOCK
    private int lock;
    private volatile long rung;
    private volatile boolean closed;

    // under the lock
    private int producerIndex;
    private int consumerIndex;
    private boolean armed = true;
    private boolean stopped;
    private long lastDoorbell;
    private final ArrayDeque<Event> keptBack = new ArrayDeque<>();

    /** An event that waits for room; a CEQE has the header {@link #COMPLETION}. */
    private record Event(int header, int data0, int data1) {
        boolean isOfCompletionQueue() {
            return header == COMPLETION || Aeqe.type(header) == Aeqe.CQ_ERROR;
        }
    }

    private EventQueue(ErdmaFunction function, Ring ring, HostWord record, int depth, int vector) {
        this.function = function;
        this.ring = ring;
        this.record = record;
        this.depth = depth;
        this.vector = vector;
    }

    /** A queue at these addresses; empty if they can't be used, or the depth is no power of two from 1 to 2¹⁵. */
    static Optional<EventQueue> open(
            ErdmaFunction function, DmaSpace space, long address, int depth, long recordAddress, int vector) {
        if (depth < 1 || depth > 1 << 15 || Integer.bitCount(depth) != 1 || !HostWord.isUsable(space, recordAddress)) {
            return Optional.empty();
        }
        return Ring.contiguous(space, address, (long) depth << Aeqe.SHIFT, Aeqe.BYTES, true)
                .map(ring -> new EventQueue(function, ring, new HostWord(space, recordAddress), depth, vector));
    }

    int vector() {
        return vector;
    }

    Ring ring() {
        return ring;
    }

    /** Index of the next entry, 16 bits; for those who look on, perhaps an old one. */
    int producerIndex() {
        return producerIndex;
    }

    /** Completion queues that send their events here. Written by the command processor alone. */
    int users() {
        return users;
    }

    void addUsers(int change) {
        users += change;
    }

    /** Tells of a completion queue. Inside. */
    void postCompletion(EngineContext context, int cqn) {
        post(context, COMPLETION, cqn, 0);
    }

    /** Tells of an error: a type of {@link Aeqe}. Inside. */
    void postError(EngineContext context, int type, int subtype, int number, int detail) {
        post(context, Aeqe.compose(0, type, subtype), number, detail);
    }

    private void post(EngineContext context, int header, int data0, int data1) {
        while (!LOCK.compareAndSet(this, 0, 1)) {
            Thread.onSpinWait();
        }
        if (!armed || room() == 0) {
            recover();
        }
        if (!keptBack.isEmpty() || room() == 0) {
            keepBack(new Event(header, data0, data1));
        } else {
            write(header, data0, data1);
        }
        raiseIfArmed(context);
        unlock(context);
    }

    /** The doorbell. Inside. */
    void ring(EngineContext context, long doorbell) {
        while (true) {
            long now = rung;
            long merged = doorbell | PRESENT | (EqDoorbell.arm(now) ? EqDoorbell.compose(true, 0) : 0);
            if (RUNG.compareAndSet(this, now, merged)) {
                break;
            }
        }
        applyRung(context);
    }

    private void unlock(EngineContext context) {
        LOCK.setVolatile(this, 0);
        applyRung(context);
    }

    private void applyRung(EngineContext context) {
        while (rung != 0 && LOCK.compareAndSet(this, 0, 1)) {
            long doorbell = (long) RUNG.getAndSet(this, 0L);
            if (doorbell != 0) {
                apply(doorbell & ~PRESENT);
                while (!keptBack.isEmpty() && room() > 0) {
                    Event event = keptBack.removeFirst();
                    write(event.header, event.data0, event.data1);
                }
                raiseIfArmed(context);
            }
            LOCK.setVolatile(this, 0);
        }
    }

    private void apply(long doorbell) {
        lastDoorbell = doorbell;
        int index = EqDoorbell.consumerIndex(doorbell) & INDEX;
        if (RingIndex.distance16(consumerIndex, index) <= RingIndex.distance16(consumerIndex, producerIndex)) {
            consumerIndex = index;
        } else {
            function.count(ModelCounter.IGNORED_DOORBELLS);
        }
        armed |= EqDoorbell.arm(doorbell);
    }

    /** Takes a doorbell that was lost from its record. */
    private void recover() {
        long doorbell = record.load();
        if (doorbell != 0 && doorbell != lastDoorbell) {
            apply(doorbell);
        }
    }

    private int room() {
        return RingIndex.room16(producerIndex, consumerIndex, depth);
    }

    private void keepBack(Event event) {
        if (!keptBack.contains(event)) {
            keptBack.addLast(event);
            function.count(ModelCounter.EVENTS_KEPT_BACK);
        }
    }

    /** From now on nothing is written; a grace period must follow. A doorbell may come still that was on its way. */
    void close() {
        closed = true;
    }

    private void write(int header, int data0, int data1) {
        if (stopped || closed) {
            return;
        }
        long position = RingIndex.offset(producerIndex, depth, Aeqe.SHIFT);
        int owner = RingIndex.ownerBit(producerIndex, depth);
        try {
            if (!ring.isOpen(position)) {
                stop();
                return;
            }
            if (header == COMPLETION) {
                Ceqe.store(ring.segment(position), ring.offset(position),
                        Ceqe.compose(true, producerIndex, owner, data0));
            } else {
                Aeqe.setData0(ring.segment(position), ring.offset(position), data0);
                Aeqe.setData1(ring.segment(position), ring.offset(position), data1);
                Aeqe.store(ring.segment(position), ring.offset(position), header | Aeqe.compose(owner, 0, 0));
            }
            int last = header == COMPLETION ? Long.BYTES : Integer.BYTES;
            if (!ring.publish(position, header == COMPLETION ? Long.BYTES : Aeqe.BYTES, last)) {
                stop();
                return;
            }
            producerIndex = RingIndex.advance16(producerIndex, 1);
        } catch (IllegalStateException e) {
            stop();
        }
    }

    /** Its memory is gone: nothing more can be told here. */
    private void stop() {
        stopped = true;
        function.count(ModelCounter.DMA_ERRORS);
    }

    private void raiseIfArmed(EngineContext context) {
        if (armed && !closed && producerIndex != consumerIndex) {
            armed = false;
            function.raise(context, vector);
        }
    }

    /** Forgets events of a QP or CQ that is gone. */
    void forget(EngineContext context, boolean completionQueue, int number) {
        while (!LOCK.compareAndSet(this, 0, 1)) {
            Thread.onSpinWait();
        }
        keptBack.removeIf(event -> event.isOfCompletionQueue() == completionQueue && event.data0 == number);
        unlock(context);
    }
}
