package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;

/** The memory that commands name for queues. Inside. */
final class QueueMemory {
    /** Chunks that all queues of a function have together at most, counting those of queues in one piece as none: 2 GiB of pages here and there. */
    private static final int MOST_CHUNKS = 1 << 19;

    private final DmaSpace space;
    private int chunksKept;

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
        Refusal.unless(chunksKept + Ring.mostChunks(bytes) <= MOST_CHUNKS, "no room for queues in pieces:", bytes);
        return Ring.paged(space, pages, pageShift, offset, bytes, entryBytes, toWrite).orElseThrow(() -> new Refusal(
                "a queue of %d bytes at offset %d of %d pages from 0x%x can't be used".formatted(bytes, offset,
                        pages.length, pages[0])));
    }

    /** A queue is made. */
    void keep(Ring ring) {
        chunksKept += ring.chunks();
    }

    /** A queue is gone. */
    void release(Ring ring) {
        chunksKept -= ring.chunks();
    }
}
