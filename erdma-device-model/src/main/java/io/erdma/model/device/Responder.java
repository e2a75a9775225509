package io.erdma.model.device;

import io.erdma.hw.AccessRights;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.Syndrome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The peer's side of a message: takes receives, invalidates, completes, and ends the stream on a violation (device-behaviour §4). Called by the requester's
 * engine, which has claimed the peer's receive queue where an entry is taken.
 */
final class Responder {
    private static final int REMOTE = Syndrome.REMOTE_STAG - MemoryRegion.STAG;

    private Responder() {}

    /** Ends the stream, as memory of the peer is not there (any more); the result is the requester's syndrome. */
    static int refuseMemory(EngineContext context, QueuePair peer, Violation violation) {
        peer.session().function().count(ModelCounter.DMA_ERRORS);
        return refuse(context, peer, violation);
    }

    /** Ends the stream; the result is the requester's syndrome. */
    static int refuse(EngineContext context, QueuePair peer, Violation violation) {
        peer.terminate(context, violation);
        return violation.requesterSyndrome();
    }

    /**
     * Looks for an entry of the claimed receive queue.
     *
     * @return success, {@link Requester#STALLED} while the peer may still post one, or the requester's syndrome
     */
    static int awaitReceive(EngineContext context, Connection connection, QueuePair peer) {
        ReceiveQueue receives = peer.receives();
        if (receives.hasEntry()) {
            return Syndrome.SUCCESS;
        }
        Duration wait = peer.session().spec().receiveWait();
        if (!wait.isZero()) {
            receives.setAwaited(true);
            if (receives.hasEntry()) {
                return Syndrome.SUCCESS;
            }
            if (connection.stall(wait.toNanos())) {
                return Requester.STALLED;
            }
        }
        return refuse(context, peer, Violation.NO_BUFFER);
    }

    /**
     * Checks the next entry for a message of so many bytes; not yet whether its memory is there.
     *
     * @return the region of its buffer, {@link MemoryRegion#NONE} for an empty message; null if the stream was ended: {@link #lastRefusal}
     */
    static @Nullable MemoryRegion openReceive(EngineContext context, QueuePair peer, long length, int opcode,
            int stagToInvalidate) {
        ReceiveQueue receives = peer.receives();
        int entry;
        try {
            entry = receives.readEntry();
        } catch (IllegalStateException e) {
            refuseMemory(context, peer, Violation.BAD_RECEIVE);
            return null;
        }
        if (entry != Syndrome.SUCCESS) {
            return refuseReceive(context, peer, entry, Violation.BAD_RECEIVE);
        }
        if (length > receives.length()) {
            return refuseReceive(context, peer, Syndrome.GENERAL, Violation.TOO_LONG);
        }
        MemoryTable memory = peer.memory();
        if (opcode == SqOpcode.SEND_WITH_INV
                && !isInvalidatable(memory.find(stagToInvalidate), stagToInvalidate, peer.pd())) {
            refuse(context, peer, Violation.CANNOT_INVALIDATE);
            return null;
        }
        if (length == 0) {
            return MemoryRegion.NONE;
        }
        MemoryRegion buffer = peer.findLocal(receives.stag());
        int wrong = buffer.check(receives.stag(), peer.pd(), receives.address(), length, AccessRights.LOCAL_WRITE);
        return wrong == MemoryRegion.OK ? buffer : refuseReceive(context, peer, REMOTE + wrong, Violation.BAD_RECEIVE);
    }

    /** The memory of the receive at hand is not there; the result is the requester's syndrome. */
    static int refuseBuffer(EngineContext context, QueuePair peer) {
        refuseReceive(context, peer, REMOTE + MemoryRegion.ADDRESS, Violation.BAD_RECEIVE);
        return lastRefusal(peer);
    }

    /** A receive that is at fault itself completes with its error. */
    private static @Nullable MemoryRegion refuseReceive(EngineContext context, QueuePair peer, int syndrome,
            Violation violation) {
        peer.receives().consume(context, CqeOpcode.RECV, syndrome, 0, 0, false);
        refuse(context, peer, violation);
        return null;
    }

    /** What {@link #openReceive} says to the requester. */
    static int lastRefusal(QueuePair peer) {
        Violation violation = peer.terminated();
        return violation == null ? Syndrome.GENERAL : violation.requesterSyndrome();
    }

    /** Whether an STag may be invalidated: a valid fast-register region of the PD. */
    static boolean isInvalidatable(MemoryRegion region, int stag, int pd) {
        return region.kind() == MemoryRegion.Kind.FAST_REGISTER && region.isValidAs(stag) && region.pd() == pd;
    }

    /** Completes a SEND whose data is placed; false if the peer went away meanwhile. */
    static boolean completeSend(EngineContext context, QueuePair peer, int opcode, int extra, long length,
            boolean solicited) {
        int receiveOpcode = CqeOpcode.RECV;
        int immediate = 0;
        if (opcode == SqOpcode.SEND_WITH_IMM) {
            receiveOpcode = CqeOpcode.RECV_IMM;
            immediate = extra;
        } else if (opcode == SqOpcode.SEND_WITH_INV) {
            peer.memory().find(extra).invalidate();
            context.quiesce();
            if (peer.state() == QueuePair.GONE) {
                return false;
            }
            receiveOpcode = CqeOpcode.RECV_INV;
            immediate = extra;
        }
        peer.receives().consume(context, receiveOpcode, Syndrome.SUCCESS, immediate, length, solicited);
        return true;
    }

    /** Takes an entry for the immediate of a WRITE whose data is placed; the entry's buffer stays as it is. */
    static void completeWriteWithImmediate(EngineContext context, QueuePair peer, int immediate, long length,
            boolean solicited) {
        peer.receives().consume(context, CqeOpcode.RECV_RDMA_WITH_IMM, Syndrome.SUCCESS, immediate, length, solicited);
    }
}
