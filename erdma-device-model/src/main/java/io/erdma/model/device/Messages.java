package io.erdma.model.device;

import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.AccessRights;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/** SEND and WRITE in all their forms. Results are {@link Requester}'s. */
final class Messages {
    private Messages() {}

    static int write(
            EngineContext context, SendQueue sends, long header, MemorySegment entry, long at, Connection connection,
            QueuePair peer) {
        long length = SqeWrite.length(entry, at);
        int local = context.source.open(sends, header, entry, at, SqeWrite.SGL_OFFSET, length);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        int admitted = Passage.admit(connection, sends, peer, length);
        if (admitted != Syndrome.SUCCESS) {
            return admitted;
        }
        boolean immediate = SqeHeader.opcode(header) == SqOpcode.WRITE_WITH_IMM;
        if (immediate) {
            int ready = Responder.awaitReceive(context, connection, peer);
            if (ready != Syndrome.SUCCESS) {
                return ready;
            }
        }
        if (length > 0) {
            int placed = place(context, peer, SqeWrite.sinkStag(entry, at),
                    SqeWrite.sinkOffset(entry, at), length);
            if (placed != Syndrome.SUCCESS) {
                return placed;
            }
        }
        if (immediate) {
            Responder.completeWriteWithImmediate(
                    context, peer, SqeWrite.immediate(entry, at), length, SqeHeader.solicited(header));
        }
        Passage.count(connection, sends, peer, length);
        return Syndrome.SUCCESS;
    }

    private static int place(EngineContext context, QueuePair peer, int stag, long address, long length) {
        MemoryRegion target = peer.memory().find(stag);
        int wrong = target.check(stag, peer.pd(), address, length, AccessRights.REMOTE_WRITE);
        if (wrong != MemoryRegion.OK) {
            return Responder.refuse(context, peer, Violation.ofWrite(wrong));
        }
        DmaWindow window = target.window(address, length, true);
        if (window == DmaWindow.NONE && !target.isReachable(address, length, true)) {
            return Responder.refuseMemory(context, peer, Violation.WRITE_BOUNDS);
        }
        int moved = context.source.moveTo(target, window, address, length);
        return moved == Mover.DONE ? Syndrome.SUCCESS : gone(context, peer, moved, Violation.WRITE_BOUNDS);
    }

    static int send(
            EngineContext context, SendQueue sends, long header, MemorySegment entry, long at, Connection connection,
            QueuePair peer) {
        long length = SqeSend.length(entry, at);
        int local = context.source.open(sends, header, entry, at, SqeSend.SGL_OFFSET, length);
        if (local != Syndrome.SUCCESS) {
            return local;
        }
        int admitted = Passage.admit(connection, sends, peer, length);
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
                ? SqeSend.invalidateStag(entry, at)
                : SqeSend.immediate(entry, at);
        MemoryRegion target = Responder.openReceive(context, peer, length, opcode, extra);
        if (target == null) {
            return Responder.lastRefusal(peer);
        }
        if (length > 0) {
            long address = peer.receives().address();
            DmaWindow window = target.window(address, length, true);
            if (window == DmaWindow.NONE && !target.isReachable(address, length, true)) {
                return Responder.refuseBuffer(context, peer);
            }
            int moved = context.source.moveTo(target, window, address, length);
            if (moved != Mover.DONE) {
                return gone(context, peer, moved, Violation.BAD_RECEIVE);
            }
        }
        if (!Responder.completeSend(context, peer, opcode, extra, length, SqeHeader.solicited(header))) {
            return Syndrome.RETRY_EXCEEDED;
        }
        Passage.count(connection, sends, peer, length);
        return Syndrome.SUCCESS;
    }

    /** Memory went away in the middle of a copy: whose it was is at fault. */
    private static int gone(EngineContext context, QueuePair peer, int moved, Violation atPeer) {
        return moved == Mover.SOURCE_GONE ? Syndrome.LOCAL_ADDRESS : Responder.refuseMemory(context, peer, atPeer);
    }
}
