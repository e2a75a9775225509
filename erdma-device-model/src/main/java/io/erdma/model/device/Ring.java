package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The memory of one queue: bytes 0 … size − 1, wherever the host has put their pages. In one window, the usual case, it is one chunk; otherwise chunks of
 * 4096 bytes of device address. An entry never crosses a chunk, as queues are aligned to their entries. Used inside a ticket.
 */
final class Ring {
    private static final int CHUNK_SHIFT = 12;
    private static final long CHUNK = 1L << CHUNK_SHIFT;
    private static final int ONE_CHUNK_SHIFT = 62;

    private final DmaSpace space;
    private final boolean toWrite;
    private final long bytes;
    /** Added to a position in the queue before it is split into chunk and offset. */
    private final long lead;
    private final int shift;
    private final long mask;
    /** Device address of each chunk's byte 0, which need not be reachable itself. */
    private final long[] addresses;
    private final DmaWindow[] windows;
    private final MemorySegment[] segments;
    private final long[] bases;

    private Ring(DmaSpace space, boolean toWrite, long bytes, long lead, int shift, long[] addresses) {
        this.space = space;
        this.toWrite = toWrite;
        this.bytes = bytes;
        this.lead = lead;
        this.shift = shift;
        this.mask = (1L << shift) - 1;
        this.addresses = addresses;
        this.windows = new DmaWindow[addresses.length];
        this.segments = new MemorySegment[addresses.length];
        this.bases = new long[addresses.length];
        Arrays.fill(windows, DmaWindow.NONE);
        Arrays.fill(segments, MemorySegment.NULL);
    }

    /** A queue in one run of device addresses. */
    static Optional<Ring> contiguous(DmaSpace space, long address, long bytes, int entryBytes, boolean toWrite) {
        return paged(space, new long[]{ address }, ONE_CHUNK_SHIFT, 0, bytes, entryBytes, toWrite);
    }

    /**
     * A queue in pages; empty if it can't be reached, or an entry would not be aligned.
     *
     * @param pages device address of each page
     * @param offset of the queue's byte 0, counted from the first page's
     */
    static Optional<Ring> paged(
            DmaSpace space, long[] pages, int pageShift, long offset, long bytes, int entryBytes, boolean toWrite) {
        if (offset < 0 || (offset + bytes - 1) >>> pageShift >= pages.length || !areAligned(pages)) {
            return Optional.empty();
        }
        long start = pages[0] + offset;
        if (isOneRun(pages, pageShift) && space.find(start, bytes, toWrite) != DmaWindow.NONE) {
            Ring whole = new Ring(space, toWrite, bytes, 0, ONE_CHUNK_SHIFT, new long[]{ start });
            return whole.openAll(entryBytes) ? Optional.of(whole) : Optional.empty();
        }
        long lead = (pages[(int) (offset >>> pageShift)] + offset) & (CHUNK - 1);
        int chunks = (int) ((lead + bytes + CHUNK - 1) >>> CHUNK_SHIFT);
        long[] addresses = new long[chunks];
        for (int i = 0; i < chunks; i++) {
            long at = Math.max(0, offset + i * CHUNK - lead);
            long address = pages[(int) (at >>> pageShift)] + (at & ((1L << pageShift) - 1));
            addresses[i] = address & -CHUNK;
        }
        Ring scattered = new Ring(space, toWrite, bytes, lead, CHUNK_SHIFT, addresses);
        return scattered.openAll(entryBytes) ? Optional.of(scattered) : Optional.empty();
    }

    /** A queue of one page may begin anywhere, one of several only on 4096. */
    private static boolean areAligned(long[] pages) {
        for (int i = 0; pages.length > 1 && i < pages.length; i++) {
            if ((pages[i] & (CHUNK - 1)) != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOneRun(long[] pages, int pageShift) {
        for (int i = 1; i < pages.length; i++) {
            if (pages[i] != pages[0] + ((long) i << pageShift)) {
                return false;
            }
        }
        return true;
    }

    private boolean openAll(int entryBytes) {
        for (int i = 0; i < addresses.length; i++) {
            if (!open(i)) {
                return false;
            }
        }
        // entries are aligned to their size in device addresses, to 8 in the host's
        long first = addresses[0] + lead;
        return (first & (entryBytes - 1)) == 0;
    }

    private boolean open(int chunk) {
        long from = addresses[chunk] + (chunk == 0 ? lead : 0);
        long length = shift == ONE_CHUNK_SHIFT
                ? bytes
                : Math.min(addresses[chunk] + CHUNK, addresses[chunk] + lead + bytes - chunk * CHUNK) - from;
        DmaWindow window = space.find(from, length, toWrite);
        if (window == DmaWindow.NONE || !HostMemory.isAligned(window, from, Long.BYTES)) {
            return false;
        }
        windows[chunk] = window;
        segments[chunk] = window.segment();
        bases[chunk] = window.offsetOf(addresses[chunk]);
        return true;
    }

    /** A position counted on from one in the queue, round the end. */
    long wrap(long position) {
        return position & (bytes - 1);
    }

    /** Whether two positions are in the same chunk, so that it is enough to ask for one. */
    boolean isSameChunk(long position, long other) {
        return (lead + position) >>> shift == (lead + other) >>> shift;
    }

    /** Whether the byte at a position can be used now. Asked for before {@link #segment} once an entry. */
    boolean isOpen(long position) {
        int chunk = (int) ((lead + position) >>> shift);
        return windows[chunk].isOpen() || open(chunk);
    }

    /** Host memory of the byte at a position. */
    MemorySegment segment(long position) {
        return segments[(int) ((lead + position) >>> shift)];
    }

    /** Where in {@link #segment} that byte is. */
    long offset(long position) {
        long at = lead + position;
        return bases[(int) (at >>> shift)] + (at & mask);
    }

    /** Bytes of the queue. */
    long bytes() {
        return bytes;
    }
}
