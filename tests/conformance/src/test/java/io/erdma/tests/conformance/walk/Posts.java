package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.Limits;

/** What the driver does with posted requests before the device sees them (driver-behaviour §4). */
final class Posts {
    private static final int WQEBB = 32;
    private static final int SGE = 16;
    private static final int SEND_HEADER = 16;
    private static final int WRITE_HEADER = 32;
    private static final int READ_WQEBBS = 2;

    private final boolean user;
    private final Engine engine;

    Posts(boolean user, Engine engine) {
        this.user = user;
        this.engine = engine;
    }

    /** A chain of requests; null: none. */
    Expected send(Qp qp, SendRequest first) {
        Errno refusal = refusal(qp);
        if (refusal == null && first == null) {
            refusal = Errno.EINVAL;
        }
        int taken = 0;
        for (SendRequest request = first; refusal == null && request != null; request = request.next) {
            int wqebbs = wqebbs(request);
            refusal = refusal(qp, request, wqebbs);
            if (refusal == null) {
                qp.post(Wr.of(request, qp.signalAll, wqebbs, qp.side()));
                taken++;
            }
        }
        if (taken > 0) {
            engine.look(qp);
        }
        return posted(refusal, taken);
    }

    private static Expected posted(Errno refusal, int taken) {
        return Expected.posted(refusal == null ? PostResult.ok(taken) : PostResult.refused(refusal, taken));
    }

    private static Errno refusal(Qp qp) {
        if (!qp.isOpen()) {
            return Errno.EINVAL;
        }
        return qp.ended ? Errno.EIO : null;
    }

    private Errno refusal(Qp qp, SendRequest request, int wqebbs) {
        if (request.opcode == null) {
            return user ? Errno.EINVAL : Errno.EOPNOTSUPP;
        }
        if (!isWellFormed(request)) {
            return Errno.EINVAL;
        }
        if (wqebbs > qp.sendRoom()) {
            return Errno.ENOMEM;
        }
        return carriesPayload(request) && isInlineBeyondMemory(request) ? Errno.EFAULT : null;
    }

    private boolean isWellFormed(SendRequest request) {
        return switch (request.opcode) {
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM, SEND, SEND_WITH_IMM, SEND_WITH_INV -> request.has(SendFlag.INLINE)
                    ? bytes(request) <= Limits.INLINE_BYTES
                    : request.sgeCount() <= Limits.SEND_SGES;
            case RDMA_READ -> request.sgeCount() == 1;
            case ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD -> request.sgeCount() >= 1;
            case RDMA_READ_WITH_INV, REG_MR, LOCAL_INV -> !user;
        };
    }

    private static boolean carriesPayload(SendRequest request) {
        return switch (request.opcode) {
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM, SEND, SEND_WITH_IMM, SEND_WITH_INV -> true;
            case RDMA_READ, RDMA_READ_WITH_INV, ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD, REG_MR, LOCAL_INV -> false;
        };
    }

    private static boolean isInlineBeyondMemory(SendRequest request) {
        for (int i = 0; request.has(SendFlag.INLINE) && i < request.sgeCount(); i++) {
            if (request.sgeAddress(i) + request.sgeLength(i) > request.sgeInline(i).byteSize()) {
                return true;
            }
        }
        return false;
    }

    private static int bytes(SendRequest request) {
        int bytes = 0;
        for (int i = 0; i < request.sgeCount(); i++) {
            bytes += request.sgeLength(i);
        }
        return bytes;
    }

    private static int wqebbs(SendRequest request) {
        if (request.opcode == null) {
            return 0;
        }
        int payload = request.has(SendFlag.INLINE) ? bytes(request) : request.sgeCount() * SGE;
        int header = switch (request.opcode) {
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM -> WRITE_HEADER;
            default -> SEND_HEADER;
        };
        return carriesPayload(request) ? (header + payload + WQEBB - 1) / WQEBB : READ_WQEBBS;
    }

    /** A chain of receives; null: none, which is no error. */
    Expected receive(Qp qp, ReceiveRequest first) {
        Errno refusal = refusal(qp);
        int taken = 0;
        for (ReceiveRequest request = first; refusal == null && request != null; request = request.next) {
            if (request.sgeCount > Limits.RECEIVE_SGES) {
                refusal = Errno.EINVAL;
            } else if (qp.receiveRoom() == 0) {
                refusal = Errno.ENOMEM;
            } else {
                qp.post(Buffer.of(request));
                taken++;
            }
        }
        if (taken > 0) {
            engine.look(qp);
        }
        return posted(refusal, taken);
    }
}
