package io.erdma.model.device;

import io.erdma.hw.AccessRights;
import io.erdma.hw.Limits;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/**
 * Carries out one send queue entry: decodes and checks it, then does at the peer what it asks for, by direct calls of {@link Responder} (device-interface
 * §6, device-behaviour §3). Every check comes before a byte moves.
 *
 * <p>Results are a {@link Syndrome}, or {@link #STALLED}: not taken, the queue is woken when there is reason to try again; or {@link #OUTSTANDING}: taken,
 * its responder stands still.
 */
final class Requester {
    static final int STALLED = -1;
    static final int OUTSTANDING = -2;

    private static final int LOCAL = Syndrome.LOCAL_STAG - MemoryRegion.STAG;
    private static final int KNOWN = 1 << SqOpcode.WRITE | 1 << SqOpcode.READ | 1 << SqOpcode.SEND
            | 1 << SqOpcode.SEND_WITH_IMM
            | 1 << SqOpcode.WRITE_WITH_IMM | 1 << SqOpcode.SEND_WITH_INV | 1 << SqOpcode.REG_MR
            | 1 << SqOpcode.LOCAL_INV
            | 1 << SqOpcode.READ_WITH_INV | 1 << SqOpcode.ATOMIC_CAS | 1 << SqOpcode.ATOMIC_FAA;
    private static final int READS = 1 << SqOpcode.READ | 1 << SqOpcode.READ_WITH_INV | 1 << SqOpcode.ATOMIC_CAS
            | 1 << SqOpcode.ATOMIC_FAA;
    private static final int LOCALS = 1 << SqOpcode.REG_MR | 1 << SqOpcode.LOCAL_INV;

    private Requester() {}

    static boolean isKnown(int opcode) {
        return (KNOWN >>> opcode & 1) != 0;
    }

    /** Whether an opcode is one of those that ORD counts: READs and atomics. */
    static boolean isRead(int opcode) {
        return (READS >>> opcode & 1) != 0;
    }

    static int badRequest(SendQueue sends) {
        sends.qp().session().function().count(ModelCounter.BAD_SQES);
        return Syndrome.BAD_SQE;
    }

    /** Carries out the entry at an index, whose header is sound in itself. */
    static int execute(EngineContext context, SendQueue sends, long header, int index) {
        int opcode = SqeHeader.opcode(header);
        Ring ring = sends.ring();
        long at = (long) index << SqeHeader.WQEBB_SHIFT;
        if (!isKnown(opcode) || !ring
                .isOpen(at + ((SqeHeader.wqebbCount(header) - 1L) << SqeHeader.WQEBB_SHIFT) & ring.bytes() - 1)) {
            return badRequest(sends);
        }
        if ((LOCALS >>> opcode & 1) != 0) {
            return LocalOperations.execute(context, sends, header, at);
        }
        QueuePair qp = sends.qp();
        Connection connection = qp.connection();
        if (connection == null) {
            return STALLED;
        }
        QueuePair peer = connection.reach();
        if (peer == null) {
            return unreachable(qp, connection);
        }
        if (peer.state() != QueuePair.RTS) {
            return Syndrome.RETRY_EXCEEDED;
        }
        return switch (opcode) {
            case SqOpcode.WRITE, SqOpcode.WRITE_WITH_IMM -> write(context, sends, header, at, connection, peer);
            case SqOpcode.SEND, SqOpcode.SEND_WITH_IMM, SqOpcode.SEND_WITH_INV ->
                send(context, sends, header, at, connection, peer);
            case SqOpcode.READ, SqOpcode.READ_WITH_INV -> read(context, sends, header, at, connection, peer);
            default -> atomic(context, sends, header, at, connection, peer);
        };
    }

    private static int unreachable(QueuePair qp, Connection connection) {
        if (connection.lost()) {
            return Syndrome.RETRY_EXCEEDED;
        }
        if (connection.droppedByRule()) {
            qp.session().countDenied();
        }
        if (!connection.joined() || connection.stall(connection.patienceNanos())) {
            return STALLED;
        }
        connection.giveUp();
        return Syndrome.RETRY_EXCEEDED;
    }

    private static int write(
            EngineContext context, SendQueue sends, long header, long at, Connection connection, QueuePair peer) {
        int count = SqeHeader.sglLength(header);
        boolean inline = SqeHeader.inline(header);
        if (!isSized(header, SqeWrite.SGL_OFFSET, count, inline)) {
            return badRequest(sends);
        }
        Ring ring = sends.ring();
        long start = at & ring.bytes() - 1;
        MemorySegment memory = ring.segment(start);
        long offset = ring.offset(start);
        long length = SqeWrite.length(memory, offset);
        int stag = SqeWrite.sinkStag(memory, offset);
        long address = SqeWrite.sinkOffset(memory, offset);
        boolean immediate = SqeHeader.opcode(header) == SqOpcode.WRITE_WITH_IMM;
        if (immediate && !Responder.claim(context, sends, peer)) {
            return Syndrome.RETRY_EXCEEDED;
        }
        int local = inline
                ? checkInline(sends, count, length)
                : gather(context.scratch, sends, at + SqeWrite.SGL_OFFSET, count, length);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        int admitted = admit(connection, sends, peer, length);
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        if (immediate) {
            int ready = Responder.awaitReceive(context, connection, peer);
            if (ready != Syndrome.SUCCESS) {
                return ready;
            }
        }
        if (length > 0) {
            MemoryRegion target = peer.session().memory().find(stag);
            int wrong = target.check(stag, peer.pd(), address, length, AccessRights.REMOTE_WRITE);
            if (wrong != MemoryRegion.OK) {
                return Responder.refuse(context, peer, Violation.ofWrite(wrong));
            }
            if (!target.isReachable(address, length, true)) {
                return Responder.refuse(context, peer, Violation.WRITE_BOUNDS);
            }
            int moved = inline
                    ? moveInline(ring, at + SqeWrite.SGL_OFFSET, count, target, address)
                    : move(context.scratch, target, address);
            if (moved != Mover.DONE) {
                return gone(context, peer, moved, Violation.WRITE_BOUNDS);
            }
        }
        if (immediate) {
            Responder.completeWriteWithImmediate(context, peer, SqeWrite.immediate(memory, offset), length,
                    SqeHeader.solicited(header));
        }
        count(sends, connection, peer, length);
        return Syndrome.SUCCESS;
    }

    private static int send(
            EngineContext context, SendQueue sends, long header, long at, Connection connection, QueuePair peer) {
        int count = SqeHeader.sglLength(header);
        boolean inline = SqeHeader.inline(header);
        if (!isSized(header, SqeSend.SGL_OFFSET, count, inline)) {
            return badRequest(sends);
        }
        Ring ring = sends.ring();
        long start = at & ring.bytes() - 1;
        MemorySegment memory = ring.segment(start);
        long offset = ring.offset(start);
        long length = SqeSend.length(memory, offset);
        if (!Responder.claim(context, sends, peer)) {
            return Syndrome.RETRY_EXCEEDED;
        }
        int local = inline
                ? checkInline(sends, count, length)
                : gather(context.scratch, sends, at + SqeSend.SGL_OFFSET, count, length);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        int admitted = admit(connection, sends, peer, length);
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        int ready = Responder.awaitReceive(context, connection, peer);
        if (ready != Syndrome.SUCCESS) {
            return ready;
        }
        int opcode = SqeHeader.opcode(header);
        // one word, three meanings: nothing, an immediate (BE), an STag (LE)
        int extra = opcode == SqOpcode.SEND_WITH_INV
                ? SqeSend.invalidateStag(memory, offset)
                : SqeSend.immediate(memory, offset);
        MemoryRegion target = Responder.openReceive(context, peer, length, opcode, extra);
        if (target == null) {
            return Responder.lastRefusal(peer);
        }
        if (length > 0) {
            long address = peer.receives().address();
            int moved = inline
                    ? moveInline(ring, at + SqeSend.SGL_OFFSET, count, target, address)
                    : move(context.scratch, target, address);
            if (moved != Mover.DONE) {
                return gone(context, peer, moved, Violation.BAD_RECEIVE);
            }
        }
        if (!Responder.completeSend(context, peer, opcode, extra, length, SqeHeader.solicited(header))) {
            return Syndrome.RETRY_EXCEEDED;
        }
        count(sends, connection, peer, length);
        return Syndrome.SUCCESS;
    }

    private static int read(
            EngineContext context, SendQueue sends, long header, long at, Connection connection, QueuePair peer) {
        if (SqeHeader.sglLength(header) != 0 || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(SqeRead.BYTES)) {
            return badRequest(sends);
        }
        QueuePair qp = sends.qp();
        Ring ring = sends.ring();
        long first = at & ring.bytes() - 1;
        MemorySegment memory = ring.segment(first);
        long offset = ring.offset(first);
        long second = at + SqeRead.REMOTE_SGE_OFFSET & ring.bytes() - 1;
        MemorySegment remote = ring.segment(second);
        long remoteOffset = ring.offset(second);
        long length = SqeRead.length(memory, offset);
        if (length != Sge.length(remote, remoteOffset)) {
            return badRequest(sends);
        }
        int sinkStag = SqeRead.sinkStag(memory, offset);
        long sinkAddress = SqeRead.sinkOffset(memory, offset);
        MemoryRegion sink = qp.session().memory().findLocal(sinkStag);
        if (length > 0) {
            int local = checkLocal(sink, sinkStag, qp.pd(), sinkAddress, length, AccessRights.LOCAL_WRITE);
            if (local != Syndrome.SUCCESS) {
                return local;
            }
        }
        boolean invalidate = SqeHeader.opcode(header) == SqOpcode.READ_WITH_INV;
        int invalidated = invalidate ? SqeRead.invalidateStag(memory, offset) : 0;
        if (invalidate) {
            int local = LocalOperations.checkInvalidate(qp, invalidated);
            if (local != Syndrome.SUCCESS) {
                return local;
            }
        }
        if (peer.session().faults().holds(peer)) {
            return OUTSTANDING;
        }
        int admitted = admit(connection, sends, peer, 0);
        if (admitted == Syndrome.SUCCESS && length > 0) {
            admitted = admitResponse(connection, sends, peer, length);
        }
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        if (length > 0) {
            int stag = Sge.key(remote, remoteOffset);
            long address = Sge.address(remote, remoteOffset);
            MemoryRegion source = peer.session().memory().find(stag);
            int wrong = source.check(stag, peer.pd(), address, length, AccessRights.REMOTE_READ);
            if (wrong != MemoryRegion.OK) {
                return Responder.refuse(context, peer, Violation.ofRead(wrong));
            }
            if (!source.isReachable(address, length, false)) {
                return Responder.refuse(context, peer, Violation.READ_BOUNDS);
            }
            int moved = Mover.copy(source, address, sink, sinkAddress, length);
            if (moved != Mover.DONE) {
                return moved == Mover.TARGET_GONE
                        ? Syndrome.LOCAL_ADDRESS
                        : Responder.refuse(context, peer, Violation.READ_BOUNDS);
            }
        }
        if (invalidate) {
            LocalOperations.invalidate(context, sends, invalidated);
        }
        countRead(sends, connection, peer, length);
        return Syndrome.SUCCESS;
    }

    private static int atomic(
            EngineContext context, SendQueue sends, long header, long at, Connection connection, QueuePair peer) {
        QueuePair qp = sends.qp();
        if (!qp.session().spec().atomics() || SqeHeader.sglLength(header) != 0
                || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(SqeAtomic.BYTES)) {
            return badRequest(sends);
        }
        Ring ring = sends.ring();
        long first = at & ring.bytes() - 1;
        MemorySegment memory = ring.segment(first);
        long offset = ring.offset(first);
        long second = at + SqeAtomic.REMOTE_SGE_OFFSET & ring.bytes() - 1;
        MemorySegment sges = ring.segment(second);
        long remoteSge = ring.offset(second);
        long localSge = remoteSge + SqeAtomic.LOCAL_SGE_OFFSET - SqeAtomic.REMOTE_SGE_OFFSET;
        int sinkStag = Sge.key(sges, localSge);
        long sinkAddress = Sge.address(sges, localSge);
        if (Sge.length(sges, localSge) < Long.BYTES) {
            return Syndrome.LOCAL_ADDRESS;
        }
        MemoryRegion sink = qp.session().memory().findLocal(sinkStag);
        int local = checkLocal(sink, sinkStag, qp.pd(), sinkAddress, Long.BYTES, AccessRights.LOCAL_WRITE);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        if (peer.session().faults().holds(peer)) {
            return OUTSTANDING;
        }
        int admitted = admit(connection, sends, peer, Long.BYTES);
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        int stag = Sge.key(sges, remoteSge);
        long address = Sge.address(sges, remoteSge);
        MemoryRegion target = peer.session().memory().find(stag);
        int wrong = target.check(stag, peer.pd(), address, Long.BYTES, AccessRights.REMOTE_ATOMIC);
        if (wrong != MemoryRegion.OK) {
            return Responder.refuse(context, peer, Violation.ofRead(wrong));
        }
        int moved = SqeHeader.opcode(header) == SqOpcode.ATOMIC_CAS
                ? Atomics.compareAndSwap(target, address, SqeAtomic.compare(memory, offset),
                        SqeAtomic.swapOrAdd(memory, offset), sink, sinkAddress)
                : Atomics.fetchAndAdd(target, address, SqeAtomic.swapOrAdd(memory, offset), sink, sinkAddress);
        if (moved != Mover.DONE) {
            return moved == Mover.TARGET_GONE
                    ? Syndrome.LOCAL_ADDRESS
                    : Responder.refuse(context, peer, Violation.READ_BOUNDS);
        }
        countRead(sends, connection, peer, Long.BYTES);
        return Syndrome.SUCCESS;
    }

    private static void count(SendQueue sends, Connection connection, QueuePair peer, long length) {
        connection.moved();
        sends.qp().sent.count(length, sends.payloadBytes());
        peer.received.count(length, sends.payloadBytes());
    }

    private static void countRead(SendQueue sends, Connection connection, QueuePair peer, long length) {
        count(sends, connection, peer, 0);
        peer.answered.count(length, sends.payloadBytes());
        sends.qp().responses.count(length, sends.payloadBytes());
    }

    /** Whether the number of SGEs, or of inline bytes, is legal and the entry has the size that they make. */
    private static boolean isSized(long header, int sglOffset, int count, boolean inline) {
        int bytes = inline ? count : count << Sge.SHIFT;
        return count <= (inline ? Limits.INLINE_BYTES : Limits.SEND_SGES)
                && SqeHeader.wqebbCount(header) == SqeHeader.wqebbs(sglOffset + bytes);
    }

    private static int checkInline(SendQueue sends, int bytes, long length) {
        return bytes == length ? Syndrome.SUCCESS : badRequest(sends);
    }

    /** Reads and checks the SGEs that are the source of a message; a zero-length one needs no valid STag. */
    private static int gather(Scratch scratch, SendQueue sends, long at, int count, long length) {
        QueuePair qp = sends.qp();
        MemoryTable memory = qp.session().memory();
        Ring ring = sends.ring();
        scratch.clear();
        long sum = 0;
        for (int i = 0; i < count; i++) {
            long position = at + ((long) i << Sge.SHIFT) & ring.bytes() - 1;
            MemorySegment segment = ring.segment(position);
            long sge = ring.offset(position);
            long bytes = Sge.length(segment, sge);
            if (bytes == 0) {
                continue;
            }
            int stag = Sge.key(segment, sge);
            long address = Sge.address(segment, sge);
            MemoryRegion region = memory.findLocal(stag);
            int wrong = checkLocal(region, stag, qp.pd(), address, bytes, AccessRights.LOCAL_READ);
            if (wrong != Syndrome.SUCCESS) {
                return wrong;
            }
            scratch.add(region, address, bytes);
            sum += bytes;
        }
        return sum == length ? Syndrome.SUCCESS : badRequest(sends);
    }

    private static int checkLocal(MemoryRegion region, int stag, int pd, long address, long bytes, int right) {
        int wrong = region.check(stag, pd, address, bytes, right);
        if (wrong != MemoryRegion.OK) {
            return LOCAL + wrong;
        }
        return region.isReachable(address, bytes, right == AccessRights.LOCAL_WRITE)
                ? Syndrome.SUCCESS
                : Syndrome.LOCAL_ADDRESS;
    }

    private static int move(Scratch scratch, MemoryRegion target, long to) {
        long at = to;
        for (int i = 0; i < scratch.count; i++) {
            int moved = Mover.copy(scratch.regions[i], scratch.addresses[i], target, at, scratch.lengths[i]);
            if (moved != Mover.DONE) {
                return moved;
            }
            at += scratch.lengths[i];
        }
        return Mover.DONE;
    }

    /** Inline bytes, a building block at a time, as the entry may wrap round the end of the ring. */
    private static int moveInline(Ring ring, long from, int bytes, MemoryRegion target, long to) {
        for (int done = 0; done < bytes;) {
            long position = from + done & ring.bytes() - 1;
            int run = (int) Math.min(bytes - done, SqeHeader.WQEBB_BYTES - (position & SqeHeader.WQEBB_BYTES - 1));
            int moved = Mover.copyIn(ring.segment(position), ring.offset(position), target, to + done, run);
            if (moved != Mover.DONE) {
                return moved;
            }
            done += run;
        }
        return Mover.DONE;
    }

    /** Memory went away in the middle of a copy: whose it was is at fault. */
    private static int gone(EngineContext context, QueuePair peer, int moved, Violation atPeer) {
        return moved == Mover.SOURCE_GONE ? Syndrome.LOCAL_ADDRESS : Responder.refuse(context, peer, atPeer);
    }

    /** Takes a request through the meters of both vports. */
    private static int admit(Connection connection, SendQueue sends, QueuePair peer, long length) {
        return admit(connection, sends.qp().session(), connection.flow(), peer.session(), connection.peerFlow(), length,
                sends.payloadBytes());
    }

    /** Takes the peer's answer through them. */
    private static int admitResponse(Connection connection, SendQueue sends, QueuePair peer, long length) {
        return admit(connection, peer.session(), connection.peerFlow(), sends.qp().session(), connection.flow(), length,
                sends.payloadBytes());
    }

    private static int admit(
            Connection connection, Session from, FlowPolicy sending, Session to, FlowPolicy receiving, long length,
            int payload) {
        long packets = length <= payload ? 1 : (length + payload - 1) / payload;
        int sent = sending.admit(length, packets);
        if (sent != FlowPolicy.PASSED) {
            from.countMeterDrop(sent);
            return dropped(connection);
        }
        int received = receiving.admitReceived(length, packets);
        if (received != FlowPolicy.PASSED) {
            to.countReceivedMeterDrop(received);
            return dropped(connection);
        }
        return Syndrome.SUCCESS;
    }

    private static int dropped(Connection connection) {
        if (connection.stall(connection.patienceNanos())) {
            return STALLED;
        }
        connection.giveUp();
        return Syndrome.RETRY_EXCEEDED;
    }
}
