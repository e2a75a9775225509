package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;

/** The memory that a command names for a queue. Inside. */
final class QueueMemory {
    private final DmaSpace space;

    QueueMemory(DmaSpace space) {
        this.space = space;
    }

    /** The page addresses of a contiguous table. */
    long[] table(long address, int entries) {
        Refusal.unless(entries >= 1, "MTT entries", entries);
        long[] pages = PageList.read(space, address, 1, entries);
        if (pages == null) {
            throw new Refusal("MTT at 0x" + Long.toHexString(address) + " can't be read");
        }
        return pages;
    }

    /** A queue in these pages, which must cover it and be reachable. */
    Ring ring(long[] pages, int pageShift, long offset, long bytes, int entryBytes, boolean toWrite) {
        return Ring.paged(space, pages, pageShift, offset, bytes, entryBytes, toWrite).orElseThrow(() -> new Refusal(
                "a queue of %d bytes at offset %d of %d pages from 0x%x can't be used".formatted(bytes, offset,
                        pages.length, pages[0])));
    }
}
