package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.SqeHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The memory of one queue: bytes 0 … size − 1, wherever the host has put their pages. In one window, the usual case, it is one piece; otherwise it is taken in
 * chunks of 4096 bytes of device address. A building block never crosses a chunk, as queues are aligned to their entries. Where a piece is far memory, entries are
 * copied from it before they are looked at and to it when they are composed, in memory of the ring. Used inside a ticket.
 */
final class Ring {
    private static final int CHUNK_SHIFT = 12;
    private static final long CHUNK = 1L << CHUNK_SHIFT;
    private static final int ONE_PAGE_SHIFT = 62;
    /** Of the copy that is made of far entries. An entry lies where it lies in the ring, counted round this; the longest fits behind the last place. */
    private static final int COPY_BYTES = 1024;
    private static final long NEAR = -1;
    private static final Piece[] NO_PIECES = {};

    private final DmaSpace space;
    private final boolean toWrite;
    private final long bytes;
    /** Where the first chunk's bytes begin in it; 0 of a queue in one piece. */
    private final long lead;
    /** The pieces of a queue in several. */
    private final Piece[] pieces;
    /** The piece that is all of the queue, or where there are several, one that is never open. */
    private final Piece whole;
    /** Entries of far memory while they are looked at or composed; empty without such. */
    private MemorySegment copy = MemorySegment.NULL;
    /** Whether a piece was ever far: where none was, which is usual, nobody need ask which piece it is. */
    private boolean everFar;

    /** Device addresses in a row, and the host memory behind them while its window is open. */
    private final class Piece {
        private final long address;
        private final long length;
        private DmaWindow window = DmaWindow.NONE;
        private MemorySegment memory = MemorySegment.NULL;
        /** Which bits of a position say where in {@link #memory} it is. */
        private long mask = NEAR;

        Piece(long address, long length) {
            this.address = address;
            this.length = length;
        }

        boolean isOpen() {
            return window.isOpen() || open();
        }

        private boolean open() {
            DmaWindow found = space.find(address, length, toWrite);
            if (found == DmaWindow.NONE || !HostMemory.isAligned(found, address, Long.BYTES)) {
                return false;
            }
            memory = found.isFar() ? copy() : found.segment().asSlice(found.offsetOf(address), length);
            mask = found.isFar() ? COPY_BYTES - 1 : NEAR;
            everFar |= found.isFar();
            window = found;
            return true;
        }

        boolean fetch(long position, long count) {
            return isOpen()
                    && (!window.isFar() || window.far().read(address + position, memory, position & mask, count));
        }

        boolean write(long position, long count) {
            return window.far().write(address + position, memory, position & mask, count);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // an automatic arena can't be closed
    private MemorySegment copy() {
        if (copy.byteSize() == 0) {
            copy = Arena.ofAuto().allocate(COPY_BYTES + (SqeHeader.MAX_WQEBBS << SqeHeader.WQEBB_SHIFT), Long.BYTES);
        }
        return copy;
    }

    private Ring(DmaSpace space, boolean toWrite, long bytes, long lead, long[] chunks) {
        this.space = space;
        this.toWrite = toWrite;
        this.bytes = bytes;
        this.lead = lead;
        if (chunks.length == 1) {
            this.pieces = NO_PIECES;
            this.whole = new Piece(chunks[0] + lead, bytes);
        } else {
            this.pieces = new Piece[chunks.length];
            for (int i = 0; i < chunks.length; i++) {
                long from = i == 0 ? lead : 0;
                pieces[i] = new Piece(chunks[i] + from, Math.min(CHUNK, lead + bytes - i * CHUNK) - from);
            }
            this.whole = new Piece(0, 0);
        }
    }

    private boolean isWhole() {
        return pieces.length == 0;
    }

    /** A queue in one run of device addresses. */
    static Optional<Ring> contiguous(DmaSpace space, long address, long bytes, int entryBytes, boolean toWrite) {
        return paged(space, new long[]{ address }, ONE_PAGE_SHIFT, 0, bytes, entryBytes, toWrite);
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
            return new Ring(space, toWrite, bytes, 0, new long[]{ start }).opened(entryBytes);
        }
        long lead = (pages[(int) (offset >>> pageShift)] + offset) & (CHUNK - 1);
        long[] chunks = new long[(int) ((lead + bytes + CHUNK - 1) >>> CHUNK_SHIFT)];
        for (int i = 0; i < chunks.length; i++) {
            long at = Math.max(0, offset + i * CHUNK - lead);
            long address = pages[(int) (at >>> pageShift)] + (at & ((1L << pageShift) - 1));
            chunks[i] = address & -CHUNK;
        }
        return new Ring(space, toWrite, bytes, lead, chunks).opened(entryBytes);
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

    private Optional<Ring> opened(int entryBytes) {
        // entries are aligned to their size in device addresses, to 8 in the host's
        boolean good = (piece(0).address & (entryBytes - 1)) == 0 && (!isWhole() || whole.open());
        for (int i = 0; good && i < pieces.length; i++) {
            good = pieces[i].open();
        }
        return good ? Optional.of(this) : Optional.empty();
    }

    /** Chunks that a queue of so many bytes is taken in at most. */
    static long mostChunks(long bytes) {
        return (bytes >>> CHUNK_SHIFT) + 2;
    }

    /** Chunks that it is taken in; 0 in one piece. */
    int chunks() {
        return pieces.length;
    }

    /** A position counted on from one in the queue, round the end. */
    long wrap(long position) {
        return position & (bytes - 1);
    }

    /** Whether so many bytes from a position lie in a row: not round the end, nor in two chunks. */
    boolean isOnePiece(long position, long count) {
        return position + count <= bytes
                && (isWhole()
                        || (lead + position) >>> CHUNK_SHIFT == (lead + position + count - 1) >>> CHUNK_SHIFT);
    }

    /**
     * Makes so many bytes from a position, which lie in a row, readable in {@link #segment}; false if they can't be reached. Asked for once an entry; in far memory
     * each time is a message.
     */
    boolean fetch(long position, long count) {
        DmaWindow window = whole.window;
        return (window.isOpen() && !window.isFar()) || piece(position).fetch(inPiece(position), count);
    }

    /** Whether an entry can be composed at a position now. Asked for before {@link #segment} once an entry, {@link #publish} follows. */
    boolean isOpen(long position) {
        return whole.window.isOpen() || piece(position).isOpen();
    }

    private Piece piece(long position) {
        return isWhole() ? whole : pieces[(int) ((lead + position) >>> CHUNK_SHIFT)];
    }

    /** Host memory of the byte at a position. */
    MemorySegment segment(long position) {
        return piece(position).memory;
    }

    /** Where in {@link #segment} that byte is. */
    long offset(long position) {
        long at = inPiece(position);
        return everFar ? at & piece(position).mask : at;
    }

    private long inPiece(long position) {
        return isWhole() || lead + position < CHUNK ? position : (lead + position) & (CHUNK - 1);
    }

    /**
     * Lets the host have an entry that was composed in {@link #segment}; nothing is left to do where that is the host's memory.
     *
     * @param count bytes of the entry
     * @param first so many of them, in front, tell the host that it is there: they follow the others
     * @return false if the host did not get it
     */
    boolean publish(long position, long count, long first) {
        if (!everFar) {
            return true;
        }
        Piece piece = piece(position);
        if (piece.mask == NEAR) {
            return true;
        }
        long at = inPiece(position);
        return (count == first || piece.write(at + first, count - first)) && piece.write(at, first);
    }

    /**
     * Copies building blocks from a position on, round the end, into memory of their own.
     *
     * @return false if one of them can't be reached
     */
    boolean copyOut(long position, long count, MemorySegment into) {
        for (long done = 0; done < count; done += SqeHeader.WQEBB_BYTES) {
            long at = wrap(position + done);
            if (!fetch(at, SqeHeader.WQEBB_BYTES)) {
                return false;
            }
            MemorySegment.copy(segment(at), offset(at), into, done, SqeHeader.WQEBB_BYTES);
        }
        return true;
    }

    /** The same queue for somebody who only looks on, beside its claimant. */
    Ring again() {
        long[] chunks = new long[Math.max(1, pieces.length)];
        for (int i = 0; i < chunks.length; i++) {
            chunks[i] = (isWhole() ? whole : pieces[i]).address - (i == 0 ? lead : 0);
        }
        return new Ring(space, false, bytes, lead, chunks);
    }

    /** Bytes of the queue. */
    long bytes() {
        return bytes;
    }
}
