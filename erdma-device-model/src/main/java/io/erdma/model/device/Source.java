package io.erdma.model.device;

import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Limits;
import io.erdma.hw.Sge;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where the bytes of a SEND or WRITE come from: SGEs, each checked, or the entry itself. Part of an {@link EngineContext}, so that nothing is allocated for a
 * message; it holds until the ticket is left.
 */
final class Source {
    private final Piece[] pieces = new Piece[Limits.SEND_SGES];
    /** The first of them. */
    private final Piece first;
    private int count;
    private boolean inline;
    private MemorySegment entry = MemorySegment.NULL;
    private long inlineAt;

    /** What an SGE names. References are written only where they change: a collector's write barrier costs more than the comparison. */
    private static final class Piece {
        private MemoryRegion region = MemoryRegion.NONE;
        /** That holds the whole of it, or {@link DmaWindow#NONE}. */
        private DmaWindow window = DmaWindow.NONE;
        private long address;
        private long device;
        private long bytes;

        @SuppressWarnings("ReferenceEquality")
        void set(MemoryRegion newRegion, DmaWindow newWindow, long newAddress, long newBytes) {
            if (region != newRegion) {
                region = newRegion;
            }
            if (window != newWindow) {
                window = newWindow;
            }
            address = newAddress;
            device = newRegion.deviceAddress(newAddress);
            bytes = newBytes;
        }

        int moveTo(MemoryRegion target, DmaWindow into, long to) {
            return into != DmaWindow.NONE && window != DmaWindow.NONE
                    ? Mover.copy(window, device, into, target.deviceAddress(to), bytes)
                    : Mover.copy(region, address, target, to, bytes);
        }
    }

    Source() {
        Arrays.setAll(pieces, i -> new Piece());
        first = pieces[0];
    }

    /**
     * Checks the source of an entry.
     *
     * @param at where in its memory the entry begins
     * @param sglOffset where in the entry SGEs or inline data begin
     * @param length what the entry says of the whole length
     * @return a {@link Syndrome}
     */
    int open(SendQueue sends, long header, MemorySegment memory, long at, int sglOffset, long length) {
        int sgl = SqeHeader.sglLength(header);
        inline = SqeHeader.inline(header);
        int bytes = inline ? sgl : sgl << Sge.SHIFT;
        if (sgl > (inline ? Limits.INLINE_BYTES : Limits.SEND_SGES)
                || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(sglOffset + bytes)) {
            return Requester.badRequest(sends);
        }
        if (inline) {
            entry = memory;
            inlineAt = at + sglOffset;
            return sgl == length ? Syndrome.SUCCESS : Requester.badRequest(sends);
        }
        return gather(sends, memory, at + sglOffset, sgl, length);
    }

    /** Most have one element, and for one there is no loop: setting a loop up costs as much as the rest. */
    private int gather(SendQueue sends, MemorySegment memory, long at, int sges, long length) {
        count = 0;
        if (sges != 1) {
            return gatherList(sends, memory, at, sges, length);
        }
        long bytes = Sge.length(memory, at);
        int wrong = bytes == 0 ? Syndrome.SUCCESS : add(first, sends.qp(), memory, at, bytes);
        return wrong != Syndrome.SUCCESS || bytes == length ? wrong : Requester.badRequest(sends);
    }

    private int gatherList(SendQueue sends, MemorySegment memory, long at, int sges, long length) {
        long sum = 0;
        for (int i = 0; i < sges; i++) {
            long sge = at + ((long) i << Sge.SHIFT);
            long bytes = Sge.length(memory, sge);
            if (bytes == 0) {
                // needs no valid STag
                continue;
            }
            int wrong = add(pieces[count], sends.qp(), memory, sge, bytes);
            if (wrong != Syndrome.SUCCESS) {
                return wrong;
            }
            sum += bytes;
        }
        return sum == length ? Syndrome.SUCCESS : Requester.badRequest(sends);
    }

    private int add(Piece piece, QueuePair qp, MemorySegment memory, long sge, long bytes) {
        int stag = Sge.key(memory, sge);
        long address = Sge.address(memory, sge);
        MemoryRegion region = qp.findLocal(stag);
        int wrong = region.check(stag, qp.pd(), address, bytes, AccessRights.LOCAL_READ);
        if (wrong != MemoryRegion.OK) {
            return Requester.LOCAL + wrong;
        }
        DmaWindow window = region.window(address, bytes, false);
        if (window == DmaWindow.NONE && !region.isReachable(address, bytes, false)) {
            return Syndrome.LOCAL_ADDRESS;
        }
        piece.set(region, window, address, bytes);
        count++;
        return Syndrome.SUCCESS;
    }

    /**
     * Copies all of it to a range whose every check has been made.
     *
     * @param window that holds the whole range, or {@link DmaWindow#NONE}
     * @return a result of {@link Mover}
     */
    int moveTo(MemoryRegion target, DmaWindow window, long to, long length) {
        if (inline) {
            return Mover.copyIn(entry, inlineAt, target, to, length);
        }
        if (count == 1) { // most have one, and for one there is no loop
            return first.moveTo(target, window, to);
        }
        long at = to;
        for (int i = 0; i < count; i++) {
            int moved = pieces[i].moveTo(target, window, at);
            if (moved != Mover.DONE) {
                return moved;
            }
            at += pieces[i].bytes;
        }
        return Mover.DONE;
    }
}
