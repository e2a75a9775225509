package io.erdma.qp;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.Limits;
import io.erdma.hw.Sge;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * The part of a SEND or WRITE behind its fixed fields: the scatter/gather list, or the data itself. Kernel: {@code fill_sgl},
 * {@code fill_inline_data}; data sheet: §6.
 *
 * <p>Most requests have one element, and for one there is no loop: setting a loop up costs as much as all the rest of the entry.
 */
final class SqePayload {
    /** What {@link #bytes} says of too many elements or too much inline data. */
    static final int TOO_MUCH = -1;
    /** What {@link #store} says of inline data that could not be read. */
    static final int UNREADABLE = -1;

    private final MemorySegment ring;
    private final int depth;

    SqePayload(MemorySegment ring, int depth) {
        this.ring = ring;
        this.depth = depth;
    }

    /** Bytes that it takes in the entry, or {@link #TOO_MUCH}; also for an inline element without memory. */
    static int bytes(SendRequest request) {
        int sges = request.sgeCount();
        if (request.has(SendFlag.INLINE)) {
            return sges == 1 ? inlineBytes(request, 0) : inlineBytes(request);
        }
        return sges <= Limits.SEND_SGES ? sges << Sge.SHIFT : TOO_MUCH;
    }

    private static int inlineBytes(SendRequest request) {
        int bytes = 0;
        for (int i = 0; i < request.sgeCount(); i++) {
            int more = inlineBytes(request, i);
            if (more < 0 || bytes + more > Limits.INLINE_BYTES) {
                return TOO_MUCH;
            }
            bytes += more;
        }
        return bytes;
    }

    private static int inlineBytes(SendRequest request, int i) {
        int length = request.sgeLength(i);
        boolean good = request.sgeInline(i) != null && Integer.compareUnsigned(length, Limits.INLINE_BYTES) <= 0;
        return good ? length : TOO_MUCH;
    }

    /** What the header's SGL length counts: elements, or inline bytes. */
    static int sglLength(SendRequest request, int bytes) {
        return request.has(SendFlag.INLINE) ? bytes : bytes >>> Sge.SHIFT;
    }

    /**
     * Stores the payload of a request that {@link #bytes} has found good.
     *
     * @param index of the entry's first WQEBB
     * @param at its offset in the entry
     * @return the message's length, 0 … 2³² − 1; or {@link #UNREADABLE}: inline memory is closed, another thread's, or shorter than its element
     */
    long store(SendRequest request, int index, int at) {
        if (request.has(SendFlag.INLINE)) {
            return storeInline(request, index, at);
        }
        int length = request.sgeCount() == 1 ? storeSge(request, 0, index, at) : storeList(request, index, at);
        return Integer.toUnsignedLong(length);
    }

    private int storeList(SendRequest request, int index, int at) {
        int length = 0; // modulo 2³²
        for (int i = 0; i < request.sgeCount(); i++) {
            length += storeSge(request, i, index, at + (i << Sge.SHIFT));
        }
        return length;
    }

    private int storeSge(SendRequest request, int i, int index, int at) {
        int length = request.sgeLength(i);
        Sge.set(ring, SqeHeader.byteOffset(index, at, depth), request.sgeAddress(i), length, request.sgeKey(i));
        return length;
    }

    private int storeInline(SendRequest request, int index, int at) {
        try {
            return request.sgeCount() == 1 ? copy(request, 0, index, at) : copyAll(request, index, at);
        } catch (IllegalStateException | IndexOutOfBoundsException | WrongThreadException e) {
            return UNREADABLE;
        }
    }

    private int copyAll(SendRequest request, int index, int at) {
        int done = 0;
        for (int i = 0; i < request.sgeCount(); i++) {
            done += copy(request, i, index, at + done);
        }
        return done;
    }

    @SuppressWarnings("NullAway") // found good: every element has its memory
    private int copy(SendRequest request, int i, int index, int at) {
        MemorySegment source = request.sgeInline(i);
        long from = request.sgeAddress(i);
        int length = request.sgeLength(i);
        long to = SqeHeader.byteOffset(index, at, depth);
        if (length == Long.BYTES && (to & (Long.BYTES - 1)) == 0) { // a bulk copy would first find out how to copy
            Words.setLe64(ring, to, Words.le64(source, from));
            return length;
        }
        long first = Math.min(length, ring.byteSize() - to);
        MemorySegment.copy(source, from, ring, to, first);
        MemorySegment.copy(source, from + first, ring, 0, length - first);
        return length;
    }
}
