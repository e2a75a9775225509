package io.erdma.core.hal;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Small elements of one size out of pages of coherent memory (kernel: {@code dma_pool}): doorbell records, command responses. An element
 * is zeroed when it is allocated. Thread-safe.
 */
public final class DmaPool implements AutoCloseable {
    private static final int PAGE = 4096;

    private final PciFunction function;
    private final int elementBytes;
    private final Deque<Element> free = new ArrayDeque<>();
    private final List<DmaMemory> pages = new ArrayList<>();
    private int inUse;
    private boolean closed;

    /**
     * @param elementBytes size and alignment of an element, a power of two of 8–4096
     * @throws IllegalArgumentException for another size
     */
    public DmaPool(PciFunction function, int elementBytes) {
        if (elementBytes < 8 || elementBytes > PAGE || Integer.bitCount(elementBytes) != 1) {
            throw new IllegalArgumentException("element size " + elementBytes + " is no power of two of 8…4096");
        }
        this.function = function;
        this.elementBytes = elementBytes;
    }

    /** Takes a zeroed element. ENOMEM; ENODEV after {@link #close()}. Closing the element gives it back to the pool. */
    public synchronized DmaMemory allocate() {
        if (closed) {
            throw new ErrnoException(Errno.ENODEV, "DMA pool of " + elementBytes + "-byte elements is closed");
        }
        if (free.isEmpty()) {
            addPage();
        }
        Element element = free.removeLast();
        element.segment.fill((byte) 0);
        inUse++;
        return new Lease(this, element);
    }

    private void addPage() {
        DmaMemory page = function.allocateCoherent(PAGE, PAGE);
        pages.add(page);
        for (int at = PAGE - elementBytes; at >= 0; at -= elementBytes) {
            free.addLast(new Element(page.segment().asSlice(at, elementBytes), page.deviceAddress() + at));
        }
    }

    private synchronized void giveBack(Element element) {
        inUse--;
        if (!closed) {
            free.addLast(element);
        }
    }

    /** How many elements are out. */
    public synchronized int inUse() {
        return inUse;
    }

    /** Frees the pages, with whatever is still out. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        free.clear();
        pages.forEach(DmaMemory::close);
        pages.clear();
    }

    private record Element(MemorySegment segment, long deviceAddress) {}

    private static final class Lease implements DmaMemory {
        private final DmaPool pool;
        private final Element element;
        private boolean returned;

        Lease(DmaPool pool, Element element) {
            this.pool = pool;
            this.element = element;
        }

        @Override
        public MemorySegment segment() {
            return element.segment;
        }

        @Override
        public long deviceAddress() {
            return element.deviceAddress;
        }

        @Override
        public void close() {
            synchronized (pool) {
                if (!returned) {
                    returned = true;
                    pool.giveBack(element);
                }
            }
        }
    }
}
