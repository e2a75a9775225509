package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.Cqe;
import io.erdma.hw.Limits;
import io.erdma.hw.PciIds;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.abi.UreqCreateCq;
import io.erdma.hw.abi.UreqCreateQp;
import io.erdma.hw.abi.UserAbi;
import io.erdma.hw.cmd.CreateQp;
import java.lang.foreign.MemorySegment;

/**
 * Where a user program has the rings and records of a queue, as it says in the ABI's requests, checked and mapped (kernel: {@code erdma_init_user_cq},
 * {@code init_user_qp}; device-interface §10).
 */
final class UserQueues {
    private static final int CQ_INLINE_PAGES = 1;
    private static final int QP_RECORDS = 2;

    private final DeviceParts parts;
    private final UserProcess process;
    private final UserRecordPages records;

    UserQueues(DeviceParts parts, UserProcess process) {
        this.parts = parts;
        this.process = process;
        this.records = new UserRecordPages(parts.function(), process);
    }

    /** The ring of a CQ. */
    record ForCq(int depth, UserQueueMemory ring, long record) {}

    /** The rings of a QP. */
    record ForQp(int sendDepth, int receiveDepth, UserQueueMemory send, UserQueueMemory receive, long record) {
        long receiveRecord() {
            return record + UserAbi.RQ_RECORD_OFFSET;
        }
    }

    /**
     * The ring of a CQ: the next power of two of the entries asked for.
     *
     * @param request a copy of {@link UreqCreateCq}
     * @param releases is given what lets go of it
     * @throws ErrnoException EINVAL: a buffer that does not hold the ring (defect 15) or is not aligned to its entries, records that are not aligned; EFAULT:
     *     what is not memory of the program; ENOMEM
     */
    ForCq forCq(int entries, MemorySegment request, Releases releases) {
        int depth = PowersOfTwo.atLeast(entries);
        long address = UreqCreateCq.qbufVa(request, 0);
        long bytes = (long) depth << Cqe.SHIFT;
        checkBuffer(address, UreqCreateCq.qbufLen(request, 0), bytes, Cqe.BYTES);
        UserQueueMemory ring = map(address, bytes, DmaAccess.READ_WRITE, Limits.USER_CQ_PAGE_SHIFT_MAX,
                CQ_INLINE_PAGES, releases);
        return new ForCq(depth, ring, records.acquire(UreqCreateCq.dbRecordVa(request, 0), 1, releases));
    }

    /**
     * The rings of a QP: send queue first, receive queue on the next page; two records side by side. As {@link #forCq}, but the buffer begins a page.
     *
     * @param request a copy of {@link UreqCreateQp}
     */
    ForQp forQp(QpCapabilities sizes, MemorySegment request, Releases releases) {
        int sendDepth = PowersOfTwo.atLeast(sizes.maxSendWr() * Limits.WQEBBS_PER_SEND_WR);
        int receiveDepth = PowersOfTwo.atLeast(sizes.maxRecvWr());
        long address = UreqCreateQp.qbufVa(request, 0);
        long receiveAt = UserAbi.rqOffset(sendDepth);
        long receiveBytes = (long) receiveDepth << Rqe.SHIFT;
        checkBuffer(address, UreqCreateQp.qbufLen(request, 0), receiveAt + receiveBytes, PciIds.PAGE_BYTES);
        UserQueueMemory send = map(address, (long) sendDepth << SqeHeader.WQEBB_SHIFT, DmaAccess.READ,
                Limits.USER_QP_PAGE_SHIFT_MAX, CreateQp.INLINE_PAGES, releases);
        UserQueueMemory receive = map(address + receiveAt, receiveBytes, DmaAccess.READ,
                Limits.USER_QP_PAGE_SHIFT_MAX, CreateQp.INLINE_PAGES, releases);
        return new ForQp(sendDepth, receiveDepth, send, receive,
                records.acquire(UreqCreateQp.dbRecordVa(request, 0), QP_RECORDS, releases));
    }

    private static void checkBuffer(long address, long bytes, long needed, int alignment) {
        if (bytes < needed || address % alignment != 0) {
            throw new ErrnoException(Errno.EINVAL, "a buffer of %d bytes at 0x%x; the rings need %d, aligned to %d"
                    .formatted(bytes, address, needed, alignment));
        }
    }

    private UserQueueMemory map(long address, long bytes, DmaAccess access, int pageShiftMax, int inCommandMax,
            Releases releases) {
        UserQueueMemory memory = UserQueueMemory.map(parts.function(), process, address, bytes, access, pageShiftMax,
                inCommandMax);
        releases.add(memory::close);
        return memory;
    }

    /** How many pages of records are mapped. */
    int recordPages() {
        return records.count();
    }
}
