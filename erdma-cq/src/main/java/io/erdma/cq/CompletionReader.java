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

    /** Reads the entry at an offset, whose header has been loaded; false if it names no outstanding request. */
    @SuppressWarnings("ReferenceEquality") // NONE is one object; never called, it leaves the calls below their one receiver
    boolean read(long cqe, int header, WorkCompletion into) {
        int qpn = Cqe.qpn(ring, cqe);
        CompletionTarget target = requests.find(qpn);
        if (target == CompletionTarget.NONE) {
            return false;
        }
        boolean found = switch (Cqe.queueType(header)) {
            case Cqe.QUEUE_SQ -> readSend(cqe, header, target, into);
            case Cqe.QUEUE_RQ -> readReceive(cqe, header, target, into);
            default -> false;
        };
        if (found) {
            into.qpNumber = qpn;
            into.byteLength = (int) Cqe.byteCount(ring, cqe);
        }
        return found;
    }

    private boolean readSend(long cqe, int header, CompletionTarget target, WorkCompletion into) {
        if (!target.sendCompleted(Cqe.wqeIndex(ring, cqe), into)) {
            return false;
        }
        WcOpcode opcode = CqeOpcode.toVerbs(Cqe.opcode(header));
        boolean sane = !isReceive(opcode);
        into.opcode = sane ? opcode : WcOpcode.SEND;
        into.flags = 0;
        setStatus(Cqe.syndrome(header), sane, into);
        return true;
    }

    private boolean readReceive(long cqe, int header, CompletionTarget target, WorkCompletion into) {
        if (!target.receiveCompleted(Cqe.wqeIndex(ring, cqe), into)) {
            return false;
        }
        int number = Cqe.opcode(header);
        WcOpcode opcode = CqeOpcode.toVerbs(number);
        boolean sane = isReceive(opcode);
        into.opcode = sane ? opcode : WcOpcode.RECV;
        into.flags = extras(cqe, number, target, into);
        setStatus(Cqe.syndrome(header), sane, into);
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

    private static void setStatus(int syndrome, boolean sane, WorkCompletion into) {
        if (syndrome == Syndrome.SUCCESS) {
            into.status = sane ? WcStatus.SUCCESS : WcStatus.GENERAL_ERR;
            into.vendorError = 0;
        } else {
            into.status = Syndrome.status(syndrome);
            into.vendorError = Syndrome.vendorError(syndrome);
        }
    }
}
