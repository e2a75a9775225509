package io.erdma.model.device;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Cqe;
import io.erdma.hw.Limits;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeSend;
import io.erdma.hw.Syndrome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The send queue of a QP and the order of its requests: taken in order, completed in order, flushed in order (device-behaviour §3). What a request does is
 * the {@link Requester}'s. Fields belong to the claimant.
 */
final class SendQueue extends Work {
    /** Requests after which an engine leaves its ticket and the claims that others may wait for. */
    private static final int BATCH = 64;

    private static final VarHandle TAKEN;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(SendQueue.class, "taken", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final QueuePair qp;
    private final Ring ring;
    private final int depth;
    private final HostWord record;
    private final CompletionQueue completions;
    private final int payloadBytes;

    /** Index of the next request to take. */
    private int taken;
    /** Index of the next request to complete; behind {@link #taken} only while READs or atomics are outstanding. */
    private int completed;
    private int outstanding;
    private boolean stopped;
    private @Nullable ReceiveQueue claimed;

    SendQueue(QueuePair qp, QueuePair.Side side) {
        this.qp = qp;
        this.ring = side.ring();
        this.depth = side.depth();
        this.record = side.record();
        this.completions = side.completions();
        this.payloadBytes = qp.session().payloadBytes();
    }

    QueuePair qp() {
        return qp;
    }

    CompletionQueue completions() {
        return completions;
    }

    Ring ring() {
        return ring;
    }

    int depth() {
        return depth;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    @Override
    int affinity() {
        return qp.qpn();
    }

    @Override
    boolean advances(int rung, int index) {
        int from = (int) TAKEN.getOpaque(this);
        int ahead = RingIndex.distance16(from, index);
        return ahead <= depth && ahead > RingIndex.distance16(from, rung);
    }

    /** Whether an index can be: no more than the ring's depth ahead. */
    boolean isPlausible(int index) {
        return RingIndex.distance16((int) TAKEN.getOpaque(this), index) <= depth;
    }

    @Override
    void pass(EngineContext context, int rung) {
        if (qp.state() == QueuePair.IDLE || qp.session().faults().holds(qp)) {
            return;
        }
        context.enter();
        try {
            if (qp.state() == QueuePair.RTS && !stopped) {
                work(context, rung);
            }
            if (qp.isFlushing()) {
                flush(context, rung);
            }
        } catch (IllegalStateException e) {
            stop(context);
        } finally {
            releasePeer();
            context.exit();
        }
    }

    private void work(EngineContext context, int rung) {
        if (outstanding > 0 && !finishOutstanding(context)) {
            return;
        }
        int left = BATCH;
        while (taken != rung && qp.state() == QueuePair.RTS) {
            if (left-- == 0) {
                breathe(context);
                left = BATCH;
                continue;
            }
            long header = header(taken);
            boolean wellFormed = isWellFormed(header, rung);
            int result = wellFormed ? execute(context, header) : Requester.badRequest(this);
            if (result == Requester.STALLED) {
                return;
            }
            int index = taken;
            // what a malformed entry says of its size may lead beyond what was rung
            int count = wellFormed
                    ? SqeHeader.wqebbCount(header)
                    : Math.min(SqeHeader.wqebbCount(header), RingIndex.distance16(index, rung));
            TAKEN.setOpaque(this, RingIndex.advance16(index, count));
            if (result == Requester.OUTSTANDING) {
                outstanding++;
            } else if (outstanding > 0) {
                deferCompletion(context, header, index, result);
            } else {
                completed = taken;
                finish(context, header, index, result);
            }
        }
    }

    private int execute(EngineContext context, long header) {
        if (outstanding > 0) {
            boolean read = Requester.isRead(SqeHeader.opcode(header));
            if (SqeHeader.fence(header) || (read && outstanding >= Limits.ORD)) {
                return Requester.STALLED;
            }
            if (read) {
                return Requester.OUTSTANDING;
            }
        }
        return Requester.execute(context, this, header, taken);
    }

    private void breathe(EngineContext context) {
        releasePeer();
        context.exit();
        context.enter();
    }

    /** The header of the request at an index. */
    private long header(int index) {
        long position = position(index);
        if (!ring.fetch(position, SqeHeader.WQEBB_BYTES)) {
            throw new IllegalStateException("send queue is gone");
        }
        return SqeHeader.load(ring.segment(position), ring.offset(position));
    }

    private long position(int index) {
        return ring.wrap((long) index << SqeHeader.WQEBB_SHIFT);
    }

    /** Whether the header says where the request ends, and that is within what was rung. */
    private boolean isWellFormed(long header, int rung) {
        int count = SqeHeader.wqebbCount(header);
        return SqeHeader.qpn(header) == qp.qpn()
                && SqeHeader.producerIndex(header) == RingIndex.advance16(taken, count)
                && count <= SqeHeader.MAX_WQEBBS
                && count <= RingIndex.distance16(taken, rung);
    }

    private void finish(EngineContext context, long header, int index, int syndrome) {
        if (syndrome != Syndrome.SUCCESS) {
            complete(context, header, index, syndrome);
            int eventType = syndrome >= Syndrome.LOCAL_STAG && syndrome <= Syndrome.LOCAL_WRAP
                    ? Aeqe.ACCESS_ERROR
                    : Aeqe.QP_FATAL;
            qp.fail(context, eventType, syndrome);
        } else if (SqeHeader.signaled(header)) {
            complete(context, header, index, syndrome);
        }
    }

    private void complete(EngineContext context, long header, int index, int syndrome) {
        long bytes = length(header, index);
        context.lease(completions);
        // destroyed while the lease was waited for: nothing more is said of it
        if (qp.state() != QueuePair.GONE) {
            completions.complete(context, opcode(header), Cqe.QUEUE_SQ, syndrome, index, qp.qpn(), 0, bytes, false);
        }
    }

    /** Both drivers use the opcode as an index, so it is one of theirs even if the request's is not. */
    private static int opcode(long header) {
        int opcode = SqeHeader.opcode(header);
        return Requester.isKnown(opcode) ? opcode : SqOpcode.SEND;
    }

    private long length(long header, int index) {
        return switch (SqeHeader.opcode(header)) {
            case SqOpcode.ATOMIC_CAS, SqOpcode.ATOMIC_FAA -> Long.BYTES;
            case SqOpcode.REG_MR, SqOpcode.LOCAL_INV -> 0;
            default -> {
                long position = position(index);
                yield ring.fetch(position, SqeHeader.WQEBB_BYTES)
                        ? SqeSend.length(ring.segment(position), ring.offset(position))
                        : 0;
            }
        };
    }

    /** Whether all outstanding READs and atomics got through, and all that waited behind them is completed. */
    private boolean finishOutstanding(EngineContext context) {
        while (completed != taken) {
            int index = completed;
            long header = header(index);
            int result = Syndrome.SUCCESS;
            if (Requester.isRead(SqeHeader.opcode(header))) {
                result = Requester.execute(context, this, header, index);
                if (result < 0) {
                    return false;
                }
                outstanding--;
            }
            completed = behind(index, header, taken);
            finish(context, header, index, result);
            if (result != Syndrome.SUCCESS) {
                return false;
            }
        }
        outstanding = 0;
        return true;
    }

    /** The index behind an entry that was taken, or where to stop if its header says another size now: the host may write there at any time. */
    private static int behind(int index, long header, int end) {
        return RingIndex.advance16(index, Math.min(SqeHeader.wqebbCount(header), RingIndex.distance16(index, end)));
    }

    /** A request is done that has READs before it: it completes with them, unless it is in error. */
    private void deferCompletion(EngineContext context, long header, int index, int syndrome) {
        if (syndrome == Syndrome.SUCCESS) {
            return;
        }
        while (completed != index) {
            long earlier = header(completed);
            boolean read = Requester.isRead(SqeHeader.opcode(earlier));
            int at = completed;
            completed = behind(at, earlier, index);
            if (read) {
                complete(context, earlier, at, Syndrome.FLUSHED);
            } else {
                finish(context, earlier, at, Syndrome.SUCCESS);
            }
        }
        outstanding = 0;
        completed = taken;
        finish(context, header, index, syndrome);
    }

    /** Each queue by itself: receives are flushed even if the sends can't be read any more. */
    private void flush(EngineContext context, int rung) {
        releasePeer();
        outstanding = 0;
        if (!stopped) {
            flushSends(context, rung);
            recover();
        }
        ReceiveQueue receives = qp.receives();
        context.claim(receives);
        try {
            receives.flush(context);
        } finally {
            receives.release();
        }
    }

    private void flushSends(EngineContext context, int rung) {
        while (completed != rung && qp.isFlushing()) {
            long header = header(completed);
            int index = completed;
            completed = behind(index, header, rung);
            if (RingIndex.distance16(completed, rung) < RingIndex.distance16(taken, rung)) {
                TAKEN.setOpaque(this, completed);
            }
            complete(context, header, index, Syndrome.FLUSHED);
        }
    }

    /** A doorbell that was lost is still in the record. */
    private void recover() {
        long value = record.load();
        if (SqDoorbell.qpn(value) == qp.qpn()) {
            ring(SqDoorbell.producerIndex(value), false);
        }
    }

    /** The queue's own memory is gone. */
    private void stop(EngineContext context) {
        stopped = true;
        qp.session().function().count(ModelCounter.DMA_ERRORS);
        qp.fail(context, Aeqe.OTHER, 0);
        qp.wakeSends();
    }

    /** Claims the peer's receive queue for the rest of the batch. The ticket may be left meanwhile. */
    void claimPeer(EngineContext context, ReceiveQueue queue) {
        if (claimed != queue) {
            releasePeer();
            context.claim(queue);
            claimed = queue;
        }
    }

    /** Lets go of the peer's receive queue. */
    void releasePeer() {
        if (claimed != null) {
            claimed.release();
            claimed = null;
        }
    }
}
