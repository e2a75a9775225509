package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.process.UserProcess;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.PciIds;
import java.util.HashMap;
import java.util.Map;

/**
 * The pages of a context where its program has its doorbell records: each is mapped once, as long as a queue has a record in it (kernel:
 * {@code erdma_map_user_dbrecords}, {@code erdma_unmap_user_dbrecords}). Thread-safe.
 */
final class UserRecordPages {
    private static final long IN_PAGE = PciIds.PAGE_BYTES - 1L;

    private final PciFunction function;
    private final UserProcess process;
    private final Map<Long, Page> pages = new HashMap<>();

    UserRecordPages(PciFunction function, UserProcess process) {
        this.function = function;
        this.process = process;
    }

    private static final class Page {
        private final DmaMapping mapping;
        private int users;

        Page(DmaMapping mapping) {
            this.mapping = mapping;
        }
    }

    /**
     * Records of a queue, side by side.
     *
     * @param address of the first, in the program's memory
     * @param releases is given what lets go of them
     * @return where the device finds the first
     * @throws ErrnoException EINVAL: not a multiple of 8, or not in one page; EFAULT: the page is not memory of the program; ENOMEM. Nothing is held then
     */
    synchronized long acquire(long address, int records, Releases releases) {
        long inPage = address & IN_PAGE;
        if (address % DoorbellRecord.BYTES != 0
                || inPage + (long) records * DoorbellRecord.BYTES > PciIds.PAGE_BYTES) {
            throw new ErrnoException(Errno.EINVAL,
                    "%d doorbell records at 0x%x: not aligned, or not in one page".formatted(records, address));
        }
        long start = address - inPage;
        Page page = pages.get(start);
        if (page == null) {
            page = new Page(function.map(process.find(start, PciIds.PAGE_BYTES), DmaAccess.READ));
            pages.put(start, page);
        }
        page.users++;
        releases.add(() -> release(start));
        return page.mapping.runAddress(0) + inPage;
    }

    private synchronized void release(long start) {
        Page page = pages.get(start);
        if (page != null && --page.users == 0) {
            pages.remove(start);
            page.mapping.close();
        }
    }

    /** How many pages are mapped. */
    synchronized int count() {
        return pages.size();
    }
}
