package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.process.UserProcess;
import io.erdma.hw.PciIds;
import io.erdma.verbs.memory.DmaRuns;
import io.erdma.verbs.memory.PageList;

/**
 * A user program's memory for one ring, mapped for the device, and its pages: in the command, or in one contiguous table (kernel: {@code get_mtt_entries} with
 * {@code force_continuous}; device-interface §5.1). Complete when made; it does not change.
 */
final class UserQueueMemory implements AutoCloseable {
    private final DmaMapping mapping;
    private final PageList pages;
    private final long offset;

    private UserQueueMemory(DmaMapping mapping, PageList pages, long offset) {
        this.mapping = mapping;
        this.pages = pages;
        this.offset = offset;
    }

    /**
     * Maps memory for a ring.
     *
     * @param pageShiftMax log2 of the largest page; the smallest is 4096
     * @param inCommandMax how many pages the command holds
     * @throws ErrnoException EFAULT: it is not memory of the program; ENOMEM. Nothing is held then
     */
    static UserQueueMemory map(PciFunction function, UserProcess process, long address, long bytes, DmaAccess access,
            int pageShiftMax, int inCommandMax) {
        DmaMapping mapping = function.map(process.find(address, bytes), access);
        try {
            DmaRuns runs = DmaRuns.of(mapping);
            int shift = runs.bestPageShift(address, pageSizes(pageShiftMax));
            if (shift == DmaRuns.NO_PAGE_SIZE) {
                throw new ErrnoException(Errno.EINVAL, "no page size fits a ring at 0x%x".formatted(address));
            }
            PageList pages = PageList.of(function, runs, shift, inCommandMax, PageList.Placement.CONTIGUOUS);
            return new UserQueueMemory(mapping, pages, address & ((1L << shift) - 1));
        } catch (RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    private static long pageSizes(int pageShiftMax) {
        return (1L << (pageShiftMax + 1)) - PciIds.PAGE_BYTES;
    }

    PageList pages() {
        return pages;
    }

    /** Where the ring begins in its first page, in bytes. */
    long offset() {
        return offset;
    }

    /** The device must have forgotten it. Idempotent. */
    @Override
    public void close() {
        mapping.close();
        pages.close();
    }
}
