package io.erdma.model.device;

import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/**
 * Carries out one send queue entry (device-interface §6, device-behaviour §3): {@link Messages}, {@link Reads} or {@link LocalOperations}, which act at the
 * peer by direct calls of {@link Responder}. Every check comes before a byte moves.
 *
 * <p>Results are a {@link Syndrome}, or {@link #STALLED}: not taken, the queue is woken when there is reason to try again; or {@link #OUTSTANDING}: taken,
 * its responder stands still.
 */
final class Requester {
    static final int STALLED = -1;
    static final int OUTSTANDING = -2;

    /** Added to an error of {@link MemoryRegion#check} it is the requester's own. */
    static final int LOCAL = Syndrome.LOCAL_STAG - MemoryRegion.STAG;

    private static final int WRITES = 1 << SqOpcode.WRITE | 1 << SqOpcode.WRITE_WITH_IMM;
    private static final int SENDS = 1 << SqOpcode.SEND | 1 << SqOpcode.SEND_WITH_IMM | 1 << SqOpcode.SEND_WITH_INV;
    private static final int READS = 1 << SqOpcode.READ | 1 << SqOpcode.READ_WITH_INV | 1 << SqOpcode.ATOMIC_CAS
            | 1 << SqOpcode.ATOMIC_FAA;
    private static final int LOCALS = 1 << SqOpcode.REG_MR | 1 << SqOpcode.LOCAL_INV;
    private static final int TAKING_RECEIVES = SENDS | 1 << SqOpcode.WRITE_WITH_IMM;

    private Requester() {}

    static boolean isKnown(int opcode) {
        return isOneOf(WRITES | SENDS | READS | LOCALS, opcode);
    }

    /** Whether an opcode is one of those that ORD counts: READs and atomics. */
    static boolean isRead(int opcode) {
        return isOneOf(READS, opcode);
    }

    private static boolean isOneOf(int set, int opcode) {
        return (set >>> opcode & 1) != 0;
    }

    static int badRequest(SendQueue sends) {
        sends.qp().session().function().count(ModelCounter.BAD_SQES);
        return Syndrome.BAD_SQE;
    }

    /**
     * Carries out the entry at an index, whose header is sound in itself.
     *
     * <p>It is as long as it is on purpose: over 325 bytecodes HotSpot compiles it apart from the loop that calls it, and both come out well; as one they would
     * exceed what it inlines, at a random place.
     */
    static int execute(EngineContext context, SendQueue sends, long header, int index) {
        int opcode = SqeHeader.opcode(header);
        if (!isKnown(opcode)) {
            return badRequest(sends);
        }
        QueuePair qp = sends.qp();
        Connection connection = null;
        QueuePair peer = null;
        if (!isOneOf(LOCALS, opcode)) {
            connection = qp.connection();
            if (connection == null) {
                return STALLED;
            }
            peer = connection.reach();
            if (peer == null) {
                return Passage.unreachable(qp, connection);
            }
            // claimed before anything is looked at, as waiting for it may mean to leave the ticket
            if (isOneOf(TAKING_RECEIVES, opcode)) {
                sends.claimPeer(context, peer.receives());
            }
            if (peer.state() != QueuePair.RTS) {
                return Syndrome.RETRY_EXCEEDED;
            }
        }
        Ring ring = sends.ring();
        long position = ring.wrap((long) index << SqeHeader.WQEBB_SHIFT);
        long bytes = (long) SqeHeader.wqebbCount(header) << SqeHeader.WQEBB_SHIFT;
        boolean inPlace = ring.isOnePiece(position, bytes);
        if (inPlace ? !ring.fetch(position, bytes) : !ring.copyOut(position, bytes, context.entry)) {
            throw new IllegalStateException("send queue is gone");
        }
        MemorySegment entry = inPlace ? ring.segment(position) : context.entry;
        long at = inPlace ? ring.offset(position) : 0;
        if (connection == null || peer == null) {
            return LocalOperations.execute(context, sends, header, entry, at);
        }
        return switch (opcode) {
            case SqOpcode.WRITE, SqOpcode.WRITE_WITH_IMM ->
                Messages.write(context, sends, header, entry, at, connection, peer);
            case SqOpcode.READ, SqOpcode.READ_WITH_INV ->
                Reads.read(context, sends, header, entry, at, connection, peer);
            case SqOpcode.ATOMIC_CAS, SqOpcode.ATOMIC_FAA ->
                Reads.atomic(context, sends, header, entry, at, connection, peer);
            default -> Messages.send(context, sends, header, entry, at, connection, peer);
        };
    }
}
