package io.erdma.model.device;

import io.erdma.hw.AccessRights;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeRead;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/**
 * READ and atomics: the peer's memory is the source, so the peer's engine takes part. While a planned fault holds that, they are outstanding. Results are
 * {@link Requester}'s.
 */
final class Reads {
    private Reads() {}

    static int read(
            EngineContext context, SendQueue sends, long header, MemorySegment entry, long at, Connection connection,
            QueuePair peer) {
        if (SqeHeader.sglLength(header) != 0 || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(SqeRead.BYTES)) {
            return Requester.badRequest(sends);
        }
        QueuePair qp = sends.qp();
        long remoteSge = at + SqeRead.REMOTE_SGE_OFFSET;
        long length = SqeRead.length(entry, at);
        if (length != Sge.length(entry, remoteSge)) {
            return Requester.badRequest(sends);
        }
        int sinkStag = SqeRead.sinkStag(entry, at);
        long sinkAddress = SqeRead.sinkOffset(entry, at);
        MemoryRegion sink = qp.findLocal(sinkStag);
        int local = length == 0 ? Syndrome.SUCCESS : checkSink(qp, sink, sinkStag, sinkAddress, length);
        boolean invalidate = SqeHeader.opcode(header) == SqOpcode.READ_WITH_INV;
        int invalidated = SqeRead.invalidateStag(entry, at);
        if (local == Syndrome.SUCCESS && invalidate) {
            local = LocalOperations.checkInvalidate(qp, invalidated);
        }
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        if (peer.session().faults().holds(peer)) {
            return Requester.OUTSTANDING;
        }
        int admitted = Passage.admit(connection, sends, peer, 0);
        if (admitted == Syndrome.SUCCESS && length > 0) {
            admitted = Passage.admitResponse(connection, sends, peer, length);
        }
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        if (length > 0) {
            int fetched = fetch(context, peer, Sge.key(entry, remoteSge), Sge.address(entry, remoteSge), sink,
                    sinkAddress, length);
            if (fetched != Syndrome.SUCCESS) {
                return fetched;
            }
        }
        if (invalidate) {
            LocalOperations.invalidate(context, sends, invalidated);
        }
        Passage.countRead(connection, sends, peer, length);
        return Syndrome.SUCCESS;
    }

    private static int fetch(
            EngineContext context, QueuePair peer, int stag, long address, MemoryRegion sink, long sinkAddress,
            long length) {
        MemoryRegion source = peer.memory().find(stag);
        int wrong = source.check(stag, peer.pd(), address, length, AccessRights.REMOTE_READ);
        if (wrong != MemoryRegion.OK) {
            return Responder.refuse(context, peer, Violation.ofRead(wrong));
        }
        if (!source.isReachable(address, length, false)) {
            return Responder.refuseMemory(context, peer, Violation.READ_BOUNDS);
        }
        return result(context, peer, Mover.copy(source, address, sink, sinkAddress, length));
    }

    static int atomic(
            EngineContext context, SendQueue sends, long header, MemorySegment entry, long at, Connection connection,
            QueuePair peer) {
        QueuePair qp = sends.qp();
        if (!qp.session().spec().atomics() || SqeHeader.sglLength(header) != 0
                || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(SqeAtomic.BYTES)) {
            return Requester.badRequest(sends);
        }
        long remoteSge = at + SqeAtomic.REMOTE_SGE_OFFSET;
        long localSge = at + SqeAtomic.LOCAL_SGE_OFFSET;
        int sinkStag = Sge.key(entry, localSge);
        long sinkAddress = Sge.address(entry, localSge);
        if (Sge.length(entry, localSge) < SqeAtomic.OPERAND_BYTES) {
            return Syndrome.LOCAL_ADDRESS;
        }
        MemoryRegion sink = qp.findLocal(sinkStag);
        int local = checkSink(qp, sink, sinkStag, sinkAddress, SqeAtomic.OPERAND_BYTES);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        if (peer.session().faults().holds(peer)) {
            return Requester.OUTSTANDING;
        }
        int admitted = Passage.admit(connection, sends, peer, SqeAtomic.OPERAND_BYTES);
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        int stag = Sge.key(entry, remoteSge);
        long address = Sge.address(entry, remoteSge);
        MemoryRegion target = peer.memory().find(stag);
        int wrong = target.check(stag, peer.pd(), address, SqeAtomic.OPERAND_BYTES, AccessRights.REMOTE_ATOMIC);
        if (wrong != MemoryRegion.OK) {
            return Responder.refuse(context, peer, Violation.ofRead(wrong));
        }
        int moved = SqeHeader.opcode(header) == SqOpcode.ATOMIC_CAS
                ? Atomics.compareAndSwap(target, address, SqeAtomic.compare(entry, at),
                        SqeAtomic.swapOrAdd(entry, at), sink,
                        sinkAddress)
                : Atomics.fetchAndAdd(target, address, SqeAtomic.swapOrAdd(entry, at), sink, sinkAddress);
        int result = result(context, peer, moved);
        if (result == Syndrome.SUCCESS) {
            Passage.countRead(connection, sends, peer, SqeAtomic.OPERAND_BYTES);
        }
        return result;
    }

    private static int checkSink(QueuePair qp, MemoryRegion sink, int stag, long address, long bytes) {
        int wrong = sink.check(stag, qp.pd(), address, bytes, AccessRights.LOCAL_WRITE);
        if (wrong != MemoryRegion.OK) {
            return Requester.LOCAL + wrong;
        }
        return sink.isReachable(address, bytes, true) ? Syndrome.SUCCESS : Syndrome.LOCAL_ADDRESS;
    }

    /** The peer's memory is the source here, the own one the target. */
    private static int result(EngineContext context, QueuePair peer, int moved) {
        return switch (moved) {
            case Mover.DONE -> Syndrome.SUCCESS;
            case Mover.TARGET_GONE -> Syndrome.LOCAL_ADDRESS;
            default -> Responder.refuseMemory(context, peer, Violation.READ_BOUNDS);
        };
    }
}
