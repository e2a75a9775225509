package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.FastRegistration;
import io.erdma.hw.PciIds;
import io.erdma.verbs.memory.TableTree;
import java.util.List;

/**
 * An MR that requests on a send queue make valid (REG_MR) and invalid (LOCAL_INV, or the peer's SEND_WITH_INV) (kernel: {@code ib_alloc_mr}, {@code
 * ib_map_mr_sg}, {@code erdma_ib_alloc_mr}, {@code erdma_map_mr_sg}).
 *
 * <p>Between a LOCAL_INV's completion and the next REG_MR it belongs to its user, who uses it from one thread at a time. Only {@link #close()} and
 * {@link #snapshot()} are for any thread.
 */
public final class FastRegisterMr implements RegisteredMr, FastRegistration {
    private static final int PAGE = PciIds.PAGE_BYTES;
    private static final int KEY_MASK = 0xFF;
    private static final int ACCESS = Access.bits(Access.LOCAL_WRITE, Access.REMOTE_READ, Access.REMOTE_WRITE);

    private final MrHandle handle;
    private final TableTree pages;
    private final int capacity;
    private volatile int key;
    private volatile long iova;
    private volatile long length;
    private int pageCount;

    FastRegisterMr(MrHandle handle, TableTree pages) {
        this.handle = handle;
        this.pages = pages;
        this.capacity = (int) pages.entries();
    }

    /** How many 4096-byte pages it can map. */
    public int capacity() {
        return capacity;
    }

    /**
     * Fills in the pages (kernel: {@code ib_map_mr_sg}); a REG_MR request then makes them known. Ranges must follow each other in the region without a gap:
     * where one ends and the next begins, both are at a page border, or they touch.
     *
     * @param ranges device addresses, from 1
     * @param offset where to begin in the first range, in bytes
     * @param pageSize 4096
     * @return how many ranges were taken: the first that leaves a gap or does not fit whole, and all behind it, are not
     * @throws ErrnoException EINVAL: another page size (defect 16), no range, an offset outside the first range, a closed region. ENOMEM: the first range
     *     needs more pages than there are. Then the region is as before
     */
    public int mapMrSg(List<DmaRange> ranges, long offset, int pageSize) {
        if (pageSize != PAGE) {
            throw new ErrnoException(Errno.EINVAL, "fast-register page size " + pageSize + ", the device has " + PAGE);
        }
        if (ranges.isEmpty() || offset < 0 || offset >= ranges.getFirst().bytes()) {
            throw new ErrnoException(Errno.EINVAL,
                    "offset " + offset + " in the first of " + ranges.size() + " ranges");
        }
        if (handle.closed()) {
            throw new ErrnoException(Errno.EINVAL, this + " is closed");
        }
        long start = ranges.getFirst().address() + offset;
        if (pagesOf(start & -PAGE, ranges.getFirst()) > capacity) {
            throw new ErrnoException(Errno.ENOMEM,
                    "%s has %d pages, too few for %s".formatted(this, capacity, ranges.getFirst()));
        }
        pageCount = 0;
        long end = start;
        long total = 0;
        int taken = 0;
        for (DmaRange range : ranges) {
            long from = taken == 0 ? start : range.address();
            long firstNewPage = taken == 0 ? start & -PAGE : roundUp(from);
            boolean gap = from != end && ((from | end) & (PAGE - 1)) != 0;
            if (gap || pagesOf(firstNewPage, range) > capacity - pageCount) {
                break;
            }
            end = range.address() + range.bytes();
            for (long page = firstNewPage; page < end; page += PAGE) {
                pages.set(pageCount++, page);
            }
            total += end - from;
            taken++;
        }
        iova = start;
        length = total;
        return taken;
    }

    private static long roundUp(long address) {
        return (address + PAGE - 1) & -PAGE;
    }

    private static long pagesOf(long firstPage, DmaRange range) {
        return Math.max(0, range.address() + range.bytes() - firstPage + PAGE - 1) / PAGE;
    }

    /** Sets the low 8 bits of both keys (kernel: {@code ib_update_fast_reg_key}). To be called before the REG_MR request that makes it known. */
    public void updateKey(byte newKey) {
        key = newKey & KEY_MASK;
    }

    /** Both keys: STag index &lt;&lt; 8 | the consumer's byte. */
    public int lkey() {
        return handle.stag() | key;
    }

    /** The same as {@link #lkey()}. */
    public int rkey() {
        return lkey();
    }

    @Override
    public int stag() {
        return lkey();
    }

    @Override
    public long iova() {
        return iova;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int pageCount() {
        return pageCount;
    }

    @Override
    public long pageAddress(int index) {
        return pages.get(index);
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return handle.pd();
    }

    @Override
    public MrSnapshot snapshot() {
        return new MrSnapshot(MrSnapshot.Kind.FAST_REGISTER, handle.index(), lkey(), rkey(), iova, length,
                ACCESS, PAGE, capacity, 1, pd().pdn());
    }

    /** Deregisters, as {@link MemoryRegion#close()} does, whatever requests have made of it. Idempotent; refuses nothing. */
    @Override
    public void close() {
        handle.close(lkey());
    }

    @Override
    public String toString() {
        return "fast-register MR 0x%x".formatted(lkey());
    }
}
