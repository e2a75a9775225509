package io.erdma.cq;

import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/**
 * Turns a CQE into a work completion. What no device should write is skipped, or reported as GENERAL_ERR where it ends a request; never thrown.
 * Kernel: {@code erdma_process_cqe}; data sheet: §8.
 */
final class CompletionReader {
    private final MemorySegment ring;
    private final RequestLookup requests;

    CompletionReader(MemorySegment ring, RequestLookup requests) {
        this.ring = ring;
        this.requests = requests;
    }

    /**
     * Reads the entry at an offset, whose header has been loaded; false if it names no outstanding request. The entry's words are loaded in one go,
     * before anything is written: so its memory is checked once.
     */
    @SuppressWarnings("ReferenceEquality") // NONE is one object; never called, it leaves the calls below their one receiver
    boolean read(long cqe, int header, WorkCompletion into) {
        int wqeIndex = Cqe.wqeIndex(ring, cqe);
        int qpn = Cqe.qpn(ring, cqe);
        int byteCount = (int) Cqe.byteCount(ring, cqe);
        CompletionTarget target = requests.find(qpn);
        if (target == CompletionTarget.NONE) {
            return false;
        }
        boolean found = switch (Cqe.queueType(header)) {
            case Cqe.QUEUE_SQ -> target.sendCompleted(wqeIndex, into);
            case Cqe.QUEUE_RQ -> target.receiveCompleted(wqeIndex, into);
            default -> false;
        };
        if (!found) {
            return false;
        }
        into.qpNumber = qpn;
        into.byteLength = byteCount;
        WcOpcode opcode = CqeOpcode.toVerbs(Cqe.opcode(header));
        if (Cqe.queueType(header) == Cqe.QUEUE_SQ) {
            into.flags = 0;
            setResult(Cqe.syndrome(header), opcode, !isReceive(opcode), WcOpcode.SEND, into);
        } else {
            into.flags = extras(cqe, Cqe.opcode(header), target, into);
            setResult(Cqe.syndrome(header), opcode, isReceive(opcode), WcOpcode.RECV, into);
        }
        return true;
    }

    private static boolean isReceive(WcOpcode opcode) {
        return opcode == WcOpcode.RECV || opcode == WcOpcode.RECV_RDMA_WITH_IMM;
    }

    /** Fills in what only some receives have. @return the flags that say so */
    private int extras(long cqe, int opcode, CompletionTarget target, WorkCompletion into) {
        int flags = 0;
        if (opcode == CqeOpcode.RECV_RDMA_WITH_IMM || opcode == CqeOpcode.RECV_IMM) {
            into.immediate = Cqe.immediate(ring, cqe);
            flags = WorkCompletion.WITH_IMM;
        } else if (opcode == CqeOpcode.RECV_INV) {
            into.invalidatedKey = Cqe.invalidatedKey(ring, cqe);
            flags = WorkCompletion.WITH_INVALIDATE;
        }
        if (target.isDatagram()) {
            into.sourceQp = Cqe.udSourceQpn(ring, cqe);
            flags |= WorkCompletion.GRH;
        }
        return flags;
    }

    /** References are written only where they change: a collector's write barrier costs more than the comparison. */
    private static void setResult(int syndrome, WcOpcode opcode, boolean ofThisQueue, WcOpcode otherwise,
            WorkCompletion into) {
        WcOpcode reported = ofThisQueue ? opcode : otherwise;
        if (into.opcode != reported) {
            into.opcode = reported;
        }
        if (syndrome != Syndrome.SUCCESS || !ofThisQueue) {
            setError(syndrome, into);
            return;
        }
        if (into.status != WcStatus.SUCCESS) {
            into.status = WcStatus.SUCCESS;
        }
        into.vendorError = 0;
    }

    /** A success with an opcode that its queue does not have ends the request, and is none. */
    private static void setError(int syndrome, WorkCompletion into) {
        into.status = syndrome == Syndrome.SUCCESS ? WcStatus.GENERAL_ERR : Syndrome.status(syndrome);
        into.vendorError = Syndrome.vendorError(syndrome);
    }
}
