package io.erdma.qp;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.FastRegistration;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.RingIndex;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeUdSend;
import io.erdma.hw.SqeWrite;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Writes a work request into the send ring as an SQE, if it is well-formed and there is room. The first WQEBB of an entry lies in one piece,
 * whatever follows is found modulo the ring. Kernel: {@code erdma_push_one_sqe}; data sheet: §6.
 */
final class RequestComposer {
    /** The request is malformed. */
    static final int INVALID = -1;
    /** The opcode is unknown. */
    static final int UNSUPPORTED = -2;
    /** The entry is larger than the room. */
    static final int NO_ROOM = -3;
    /** Inline data could not be read. */
    static final int UNREADABLE = -4;

    private final MemorySegment ring;
    private final int depth;
    private final int qpn;
    private final int extraFlags;
    private final boolean user;
    private final boolean datagram;
    private final SqePayload payload;

    RequestComposer(MemorySegment ring, int depth, int qpn, Set<RingOption> options) {
        this.ring = ring;
        this.depth = depth;
        this.qpn = qpn;
        this.extraFlags = options.contains(RingOption.SIGNAL_ALL) ? SendFlag.SIGNALED : 0;
        this.user = options.contains(RingOption.USER);
        this.datagram = options.contains(RingOption.DATAGRAM);
        this.payload = new SqePayload(ring, depth);
    }

    /** What a negative result of {@link #compose} means. */
    static Errno errno(int refusal) {
        return switch (refusal) {
            case UNSUPPORTED -> Errno.EOPNOTSUPP;
            case UNREADABLE -> Errno.EFAULT;
            case NO_ROOM -> Errno.ENOMEM;
            default -> Errno.EINVAL;
        };
    }

    /**
     * Writes the entry of a request and, last, its header.
     *
     * @param index of its first WQEBB
     * @param room free WQEBBs from there on
     * @return its WQEBBs; or why it is refused, and nothing has been published
     */
    int compose(SendRequest request, int index, int room) {
        WrOpcode opcode = request.opcode;
        if (opcode == null) {
            return user ? INVALID : UNSUPPORTED;
        }
        if (datagram) {
            return datagram(request, opcode, index, room);
        }
        return switch (opcode) {
            case RDMA_WRITE -> write(request, index, room, SqOpcode.WRITE, 0);
            case RDMA_WRITE_WITH_IMM -> write(request, index, room, SqOpcode.WRITE_WITH_IMM, request.immediate);
            case SEND -> send(request, index, room, SqOpcode.SEND, 0);
            case SEND_WITH_IMM -> send(request, index, room, SqOpcode.SEND_WITH_IMM, request.immediate);
            case SEND_WITH_INV -> sendWithInvalidate(request, index, room);
            case RDMA_READ -> read(request, index, room, SqOpcode.READ, 0);
            case RDMA_READ_WITH_INV ->
                user ? INVALID : read(request, index, room, SqOpcode.READ_WITH_INV, request.invalidateKey);
            case ATOMIC_CMP_AND_SWP ->
                atomic(request, index, room, SqOpcode.ATOMIC_CAS, request.swap, request.compareAdd);
            case ATOMIC_FETCH_AND_ADD -> atomic(request, index, room, SqOpcode.ATOMIC_FAA, request.compareAdd, 0);
            case REG_MR -> user ? INVALID : regMr(request, index, room);
            case LOCAL_INV -> user ? INVALID : localInv(request, index, room);
        };
    }

    private int datagram(SendRequest request, WrOpcode opcode, int index, int room) {
        return switch (opcode) {
            case SEND -> sendTo(request, index, room, SqOpcode.SEND, 0);
            case SEND_WITH_IMM -> sendTo(request, index, room, SqOpcode.SEND_WITH_IMM, request.immediate);
            default -> INVALID;
        };
    }

    private int write(SendRequest request, int index, int room, int opcode, int immediate) {
        int bytes = SqePayload.bytes(request);
        int wqebbs = SqeHeader.wqebbs(SqeWrite.SGL_OFFSET + bytes);
        if (bytes < 0 || wqebbs > room) {
            return bytes < 0 ? INVALID : NO_ROOM;
        }
        long length = payload.store(request, index, SqeWrite.SGL_OFFSET);
        if (length < 0) {
            return UNREADABLE;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeWrite.setImmediateAndLength(ring, sqe, immediate, length);
        SqeWrite.setSinkStag(ring, sqe, request.remoteKey);
        SqeWrite.setSinkOffset(ring, sqe, request.remoteAddress);
        return publish(request, sqe, index, wqebbs, opcode, SqePayload.sglLength(request, bytes));
    }

    private int send(SendRequest request, int index, int room, int opcode, int immediate) {
        int bytes = SqePayload.bytes(request);
        int wqebbs = SqeHeader.wqebbs(SqeSend.SGL_OFFSET + bytes);
        if (bytes < 0 || wqebbs > room) {
            return bytes < 0 ? INVALID : NO_ROOM;
        }
        long length = payload.store(request, index, SqeSend.SGL_OFFSET);
        if (length < 0) {
            return UNREADABLE;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeSend.setImmediateAndLength(ring, sqe, immediate, length);
        return publish(request, sqe, index, wqebbs, opcode, SqePayload.sglLength(request, bytes));
    }

    /** The STag is where the immediate would be, in the other byte order. */
    private int sendWithInvalidate(SendRequest request, int index, int room) {
        return send(request, index, room, SqOpcode.SEND_WITH_INV, Integer.reverseBytes(request.invalidateKey));
    }

    private int sendTo(SendRequest request, int index, int room, int opcode, int immediate) {
        int bytes = SqePayload.bytes(request);
        int wqebbs = SqeHeader.wqebbs(SqeUdSend.SGL_OFFSET + bytes);
        if (bytes < 0 || wqebbs > room) {
            return bytes < 0 ? INVALID : NO_ROOM;
        }
        long length = payload.store(request, index, SqeUdSend.SGL_OFFSET);
        if (length < 0) {
            return UNREADABLE;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeUdSend.setImmediate(ring, sqe, immediate);
        SqeUdSend.setLength(ring, sqe, length);
        SqeUdSend.setQkey(ring, sqe, request.remoteQkey);
        SqeUdSend.setDestinationQpn(ring, sqe, request.remoteQpn);
        SqeUdSend.setAh(ring, sqe, request.addressHandle);
        return publish(request, sqe, index, wqebbs, opcode, SqePayload.sglLength(request, bytes));
    }

    private int read(SendRequest request, int index, int room, int opcode, int invalidateKey) {
        int wqebbs = SqeHeader.wqebbs(SqeRead.BYTES);
        if (request.sgeCount() != Limits.READ_SGES || wqebbs > room) {
            return request.sgeCount() != Limits.READ_SGES ? INVALID : NO_ROOM;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        int length = request.sgeLength(0);
        SqeRead.setInvalidateStag(ring, sqe, invalidateKey);
        SqeRead.setLength(ring, sqe, length);
        SqeRead.setSinkStag(ring, sqe, request.sgeKey(0));
        SqeRead.setSinkOffset(ring, sqe, request.sgeAddress(0));
        Sge.set(ring, SqeHeader.byteOffset(index, SqeRead.REMOTE_SGE_OFFSET, depth), request.remoteAddress, length,
                request.remoteKey);
        return publish(request, sqe, index, wqebbs, opcode, 0);
    }

    private int atomic(SendRequest request, int index, int room, int opcode, long swapOrAdd, long compare) {
        int wqebbs = SqeHeader.wqebbs(SqeAtomic.BYTES);
        if (request.sgeCount() == 0 || wqebbs > room) {
            return request.sgeCount() == 0 ? INVALID : NO_ROOM;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeAtomic.setSwapOrAdd(ring, sqe, swapOrAdd);
        SqeAtomic.setCompare(ring, sqe, compare);
        Sge.set(ring, SqeHeader.byteOffset(index, SqeAtomic.REMOTE_SGE_OFFSET, depth), request.remoteAddress, 0,
                request.remoteKey);
        Sge.set(ring, SqeHeader.byteOffset(index, SqeAtomic.LOCAL_SGE_OFFSET, depth), request.sgeAddress(0),
                request.sgeLength(0), request.sgeKey(0));
        return publish(request, sqe, index, wqebbs, opcode, 0);
    }

    /** What the device would take from the wrong MR or from no page is refused here: it could not tell. */
    private int regMr(SendRequest request, int index, int room) {
        FastRegistration region = request.registration;
        if (region == null || region.pageCount() <= 0 || region.length() >>> Integer.SIZE != 0
                || (region.stag() ^ request.registrationKey) >>> Byte.SIZE != 0) {
            return INVALID;
        }
        int pages = region.pageCount();
        boolean inline = pages <= Mtt.INLINE_ENTRIES;
        int wqebbs = SqeHeader.wqebbs(SqeRegMr.PAGES_OFFSET + (inline ? pages << Mtt.ENTRY_SHIFT : 0));
        if (wqebbs > room) {
            return NO_ROOM;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeRegMr.setAddress(ring, sqe, region.iova());
        SqeRegMr.setLength(ring, sqe, region.length());
        SqeRegMr.setStag(ring, sqe, request.registrationKey);
        SqeRegMr.setAttributes(ring, sqe, pages, inline ? SqeRegMr.MTT_INLINE : SqeRegMr.MTT_TABLE,
                AccessRights.of(request.registrationAccess));
        for (int i = 0; inline && i < pages; i++) {
            Mtt.setEntry(ring, SqeHeader.byteOffset(index, SqeRegMr.PAGES_OFFSET, depth), i, region.pageAddress(i));
        }
        return publish(request, sqe, index, wqebbs, SqOpcode.REG_MR, 0);
    }

    private int localInv(SendRequest request, int index, int room) {
        int wqebbs = SqeHeader.wqebbs(SqeLocalInv.BYTES);
        if (wqebbs > room) {
            return NO_ROOM;
        }
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        SqeLocalInv.setStag(ring, sqe, request.invalidateKey);
        return publish(request, sqe, index, wqebbs, SqOpcode.LOCAL_INV, 0);
    }

    private int publish(SendRequest request, long sqe, int index, int wqebbs, int opcode, int sglLength) {
        int flags = SqeHeader.flagsOf(request.flags | extraFlags);
        int next = RingIndex.advance16(index, wqebbs);
        SqeHeader.store(ring, sqe, SqeHeader.compose(sglLength, wqebbs, qpn, opcode, flags, next));
        return wqebbs;
    }
}
