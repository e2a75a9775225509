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
import org.jspecify.annotations.Nullable;

/**
 * Writes a work request into the send ring as an SQE: {@link #measure}, see that there is room, {@link #compose}. The first WQEBB of an entry
 * lies in one piece, whatever follows is found modulo the ring. Kernel: {@code erdma_push_one_sqe}; data sheet: §6.
 */
final class RequestComposer {
    /** The request is malformed. */
    static final int INVALID = -1;
    /** The opcode is unknown. */
    static final int UNSUPPORTED = -2;
    /** Inline data could not be read. */
    static final int UNREADABLE = -3;

    private final MemorySegment ring;
    private final int depth;
    private final int qpn;
    private final int extraFlags;
    private final boolean user;
    private final boolean datagram;

    RequestComposer(MemorySegment ring, int depth, int qpn, Set<RingOption> options) {
        this.ring = ring;
        this.depth = depth;
        this.qpn = qpn;
        this.extraFlags = options.contains(RingOption.SIGNAL_ALL) ? SendFlag.SIGNALED : 0;
        this.user = options.contains(RingOption.USER);
        this.datagram = options.contains(RingOption.DATAGRAM);
    }

    /** What a negative result of {@link #measure} or {@link #compose} means. */
    static Errno errno(int refusal) {
        return switch (refusal) {
            case UNSUPPORTED -> Errno.EOPNOTSUPP;
            case UNREADABLE -> Errno.EFAULT;
            default -> Errno.EINVAL;
        };
    }

    /** Bytes of the request's SQE, or why there can be none. Writes nothing. */
    @SuppressWarnings("NullAway") // an opcode that is missing at run time is an unknown one
    int measure(SendRequest request) {
        WrOpcode opcode = request.opcode;
        if (opcode == null) {
            return UNSUPPORTED;
        }
        return switch (opcode) {
            case SEND, SEND_WITH_IMM -> withPayload(request, datagram ? SqeUdSend.SGL_OFFSET : SqeSend.SGL_OFFSET);
            case SEND_WITH_INV -> datagram ? INVALID : withPayload(request, SqeSend.SGL_OFFSET);
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM -> datagram ? INVALID : withPayload(request, SqeWrite.SGL_OFFSET);
            case RDMA_READ -> datagram || request.sgeCount() != Limits.READ_SGES ? INVALID : SqeRead.BYTES;
            case RDMA_READ_WITH_INV ->
                datagram || user || request.sgeCount() != Limits.READ_SGES ? INVALID : SqeRead.BYTES;
            case ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD ->
                datagram || request.sgeCount() == 0 ? INVALID : SqeAtomic.BYTES;
            case REG_MR -> datagram || user ? INVALID : withPages(request);
            case LOCAL_INV -> datagram || user ? INVALID : SqeLocalInv.BYTES;
        };
    }

    private static int withPayload(SendRequest request, int payloadOffset) {
        if (!request.has(SendFlag.INLINE)) {
            int sges = request.sgeCount();
            return sges > Limits.SEND_SGES ? INVALID : payloadOffset + (sges << Sge.SHIFT);
        }
        long bytes = 0;
        for (int i = 0; i < request.sgeCount(); i++) {
            if (request.sgeInline(i) == null) {
                return INVALID;
            }
            bytes += Integer.toUnsignedLong(request.sgeLength(i));
        }
        return bytes > Limits.INLINE_BYTES ? INVALID : payloadOffset + (int) bytes;
    }

    /** What the device would take from the wrong MR or from no page is refused here: it could not tell. */
    private static int withPages(SendRequest request) {
        FastRegistration region = request.registration;
        if (region == null || region.pageCount() <= 0 || region.length() >>> Integer.SIZE != 0
                || (region.stag() ^ request.registrationKey) >>> Byte.SIZE != 0) {
            return INVALID;
        }
        int pages = region.pageCount();
        return SqeRegMr.PAGES_OFFSET + (pages <= Mtt.INLINE_ENTRIES ? pages << Mtt.ENTRY_SHIFT : 0);
    }

    /**
     * Writes the entry of a measured request and, last, its header.
     *
     * @param index of its first WQEBB
     * @param bytes what {@link #measure} said
     * @return its WQEBBs, or {@link #UNREADABLE} and nothing published
     */
    int compose(SendRequest request, int index, int bytes) {
        long sqe = SqeHeader.byteOffset(index, 0, depth);
        return switch (request.opcode) {
            case RDMA_WRITE -> write(request, sqe, index, bytes, SqOpcode.WRITE, 0);
            case RDMA_WRITE_WITH_IMM ->
                write(request, sqe, index, bytes, SqOpcode.WRITE_WITH_IMM, request.immediate);
            case SEND -> send(request, sqe, index, bytes, SqOpcode.SEND, 0);
            case SEND_WITH_IMM -> send(request, sqe, index, bytes, SqOpcode.SEND_WITH_IMM, request.immediate);
            case SEND_WITH_INV -> sendWithInvalidate(request, sqe, index, bytes);
            case RDMA_READ -> read(request, sqe, index, SqOpcode.READ, 0);
            case RDMA_READ_WITH_INV -> read(request, sqe, index, SqOpcode.READ_WITH_INV, request.invalidateKey);
            case ATOMIC_CMP_AND_SWP ->
                atomic(request, sqe, index, SqOpcode.ATOMIC_CAS, request.swap, request.compareAdd);
            case ATOMIC_FETCH_AND_ADD -> atomic(request, sqe, index, SqOpcode.ATOMIC_FAA, request.compareAdd, 0);
            case REG_MR -> regMr(request, sqe, index, bytes);
            case LOCAL_INV -> localInv(request, sqe, index);
        };
    }

    private int write(SendRequest request, long sqe, int index, int bytes, int opcode, int immediate) {
        boolean inline = request.has(SendFlag.INLINE);
        if (inline && !copyInline(request, index, SqeWrite.SGL_OFFSET)) {
            return UNREADABLE;
        }
        int payload = bytes - SqeWrite.SGL_OFFSET;
        SqeWrite.setImmediate(ring, sqe, immediate);
        SqeWrite.setLength(ring, sqe, inline ? payload : storeSges(request, index, SqeWrite.SGL_OFFSET));
        SqeWrite.setSinkStag(ring, sqe, request.remoteKey);
        SqeWrite.setSinkOffset(ring, sqe, request.remoteAddress);
        return publish(request, sqe, index, bytes, opcode, inline ? payload : request.sgeCount());
    }

    private int send(SendRequest request, long sqe, int index, int bytes, int opcode, int immediate) {
        if (datagram) {
            return sendDatagram(request, sqe, index, bytes, opcode, immediate);
        }
        SqeSend.setImmediate(ring, sqe, immediate);
        return sendPayload(request, sqe, index, bytes, opcode);
    }

    private int sendWithInvalidate(SendRequest request, long sqe, int index, int bytes) {
        SqeSend.setInvalidateStag(ring, sqe, request.invalidateKey);
        return sendPayload(request, sqe, index, bytes, SqOpcode.SEND_WITH_INV);
    }

    private int sendPayload(SendRequest request, long sqe, int index, int bytes, int opcode) {
        boolean inline = request.has(SendFlag.INLINE);
        if (inline && !copyInline(request, index, SqeSend.SGL_OFFSET)) {
            return UNREADABLE;
        }
        int payload = bytes - SqeSend.SGL_OFFSET;
        SqeSend.setLength(ring, sqe, inline ? payload : storeSges(request, index, SqeSend.SGL_OFFSET));
        return publish(request, sqe, index, bytes, opcode, inline ? payload : request.sgeCount());
    }

    private int sendDatagram(SendRequest request, long sqe, int index, int bytes, int opcode, int immediate) {
        boolean inline = request.has(SendFlag.INLINE);
        if (inline && !copyInline(request, index, SqeUdSend.SGL_OFFSET)) {
            return UNREADABLE;
        }
        int payload = bytes - SqeUdSend.SGL_OFFSET;
        SqeUdSend.setImmediate(ring, sqe, immediate);
        SqeUdSend.setLength(ring, sqe, inline ? payload : storeSges(request, index, SqeUdSend.SGL_OFFSET));
        SqeUdSend.setQkey(ring, sqe, request.remoteQkey);
        SqeUdSend.setDestinationQpn(ring, sqe, request.remoteQpn);
        SqeUdSend.setAh(ring, sqe, request.addressHandle);
        return publish(request, sqe, index, bytes, opcode, inline ? payload : request.sgeCount());
    }

    private int read(SendRequest request, long sqe, int index, int opcode, int invalidateKey) {
        int length = request.sgeLength(0);
        SqeRead.setInvalidateStag(ring, sqe, invalidateKey);
        SqeRead.setLength(ring, sqe, length);
        SqeRead.setSinkStag(ring, sqe, request.sgeKey(0));
        SqeRead.setSinkOffset(ring, sqe, request.sgeAddress(0));
        Sge.set(ring, SqeHeader.byteOffset(index, SqeRead.REMOTE_SGE_OFFSET, depth), request.remoteAddress, length,
                request.remoteKey);
        return publish(request, sqe, index, SqeRead.BYTES, opcode, 0);
    }

    private int atomic(SendRequest request, long sqe, int index, int opcode, long swapOrAdd, long compare) {
        SqeAtomic.setSwapOrAdd(ring, sqe, swapOrAdd);
        SqeAtomic.setCompare(ring, sqe, compare);
        Sge.set(ring, SqeHeader.byteOffset(index, SqeAtomic.REMOTE_SGE_OFFSET, depth), request.remoteAddress, 0,
                request.remoteKey);
        Sge.set(ring, SqeHeader.byteOffset(index, SqeAtomic.LOCAL_SGE_OFFSET, depth), request.sgeAddress(0),
                request.sgeLength(0), request.sgeKey(0));
        return publish(request, sqe, index, SqeAtomic.BYTES, opcode, 0);
    }

    @SuppressWarnings("NullAway") // measured: it has a registration
    private int regMr(SendRequest request, long sqe, int index, int bytes) {
        FastRegistration region = request.registration;
        int pages = region.pageCount();
        boolean inline = pages <= Mtt.INLINE_ENTRIES;
        SqeRegMr.setAddress(ring, sqe, region.iova());
        SqeRegMr.setLength(ring, sqe, region.length());
        SqeRegMr.setStag(ring, sqe, request.registrationKey);
        SqeRegMr.setAttributes(ring, sqe, pages, inline ? SqeRegMr.MTT_INLINE : SqeRegMr.MTT_TABLE,
                AccessRights.of(request.registrationAccess));
        if (inline) {
            long table = SqeHeader.byteOffset(index, SqeRegMr.PAGES_OFFSET, depth);
            for (int i = 0; i < pages; i++) {
                Mtt.setEntry(ring, table, i, region.pageAddress(i));
            }
        }
        return publish(request, sqe, index, bytes, SqOpcode.REG_MR, 0);
    }

    private int localInv(SendRequest request, long sqe, int index) {
        SqeLocalInv.setStag(ring, sqe, request.invalidateKey);
        return publish(request, sqe, index, SqeLocalInv.BYTES, SqOpcode.LOCAL_INV, 0);
    }

    /** Stores the scatter/gather list. @return the sum of its lengths, modulo 2³² */
    private int storeSges(SendRequest request, int index, int sglOffset) {
        int length = 0;
        for (int i = 0; i < request.sgeCount(); i++) {
            long at = SqeHeader.byteOffset(index, sglOffset + (i << Sge.SHIFT), depth);
            Sge.set(ring, at, request.sgeAddress(i), request.sgeLength(i), request.sgeKey(i));
            length += request.sgeLength(i);
        }
        return length;
    }

    /** Copies inline data; false if the caller's memory is closed, another thread's, or shorter than its element says. */
    private boolean copyInline(SendRequest request, int index, int payloadOffset) {
        int at = payloadOffset;
        try {
            for (int i = 0; i < request.sgeCount(); i++) {
                int length = request.sgeLength(i);
                copy(request.sgeInline(i), request.sgeAddress(i), index, at, length);
                at += length;
            }
            return true;
        } catch (IllegalStateException | IndexOutOfBoundsException | WrongThreadException e) {
            return false;
        }
    }

    @SuppressWarnings("NullAway") // measured: every element has its memory
    private void copy(@Nullable MemorySegment source, long sourceOffset, int index, int byteInSqe, int length) {
        long target = SqeHeader.byteOffset(index, byteInSqe, depth);
        long first = Math.min(length, ring.byteSize() - target);
        MemorySegment.copy(source, sourceOffset, ring, target, first);
        if (first < length) {
            MemorySegment.copy(source, sourceOffset + first, ring, 0, length - first);
        }
    }

    private int publish(SendRequest request, long sqe, int index, int bytes, int opcode, int sglLength) {
        int wqebbs = SqeHeader.wqebbs(bytes);
        int flags = SqeHeader.flagsOf(request.flags | extraFlags);
        int next = RingIndex.advance16(index, wqebbs);
        SqeHeader.store(ring, sqe, SqeHeader.compose(sglLength, wqebbs, qpn, opcode, flags, next));
        return wqebbs;
    }
}
