package io.erdma.model.device;

import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Limits;
import io.erdma.hw.Sge;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/**
 * Where the bytes of a SEND or WRITE come from: SGEs, each checked, or the entry itself. Part of an {@link EngineContext}, so that nothing is allocated for a
 * message; it holds until the ticket is left.
 */
final class Source {
    private final MemoryRegion[] regions = new MemoryRegion[Limits.SEND_SGES];
    /** The window that holds the whole of a piece, or {@link DmaWindow#NONE}. */
    private final DmaWindow[] windows = new DmaWindow[Limits.SEND_SGES];
    private final long[] addresses = new long[Limits.SEND_SGES];
    private final long[] lengths = new long[Limits.SEND_SGES];
    private int count;
    private boolean inline;
    private long inlineAt;

    /**
     * Checks the source of an entry.
     *
     * @param at position of the entry in its ring, which need not be wrapped
     * @param sglOffset where in the entry SGEs or inline data begin
     * @param length what the entry says of the whole length
     * @return a {@link Syndrome}
     */
    int open(SendQueue sends, long header, long at, int sglOffset, long length) {
        int sgl = SqeHeader.sglLength(header);
        inline = SqeHeader.inline(header);
        inlineAt = at + sglOffset;
        int bytes = inline ? sgl : sgl << Sge.SHIFT;
        if (sgl > (inline ? Limits.INLINE_BYTES : Limits.SEND_SGES)
                || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(sglOffset + bytes)) {
            return Requester.badRequest(sends);
        }
        if (inline) {
            return sgl == length ? Syndrome.SUCCESS : Requester.badRequest(sends);
        }
        return gather(sends, at + sglOffset, sgl, length);
    }

    private int gather(SendQueue sends, long at, int sges, long length) {
        QueuePair qp = sends.qp();
        Ring ring = sends.ring();
        count = 0;
        long sum = 0;
        for (int i = 0; i < sges; i++) {
            long position = ring.wrap(at + ((long) i << Sge.SHIFT));
            MemorySegment memory = ring.segment(position);
            long offset = ring.offset(position);
            long bytes = Sge.length(memory, offset);
            if (bytes == 0) {
                // needs no valid STag
                continue;
            }
            int wrong = add(qp, Sge.key(memory, offset), Sge.address(memory, offset), bytes);
            if (wrong != Syndrome.SUCCESS) {
                return wrong;
            }
            sum += bytes;
        }
        return sum == length ? Syndrome.SUCCESS : Requester.badRequest(sends);
    }

    private int add(QueuePair qp, int stag, long address, long bytes) {
        MemoryRegion region = qp.memory().findLocal(stag);
        int wrong = region.check(stag, qp.pd(), address, bytes, AccessRights.LOCAL_READ);
        if (wrong != MemoryRegion.OK) {
            return Requester.LOCAL + wrong;
        }
        DmaWindow window = region.window(address, bytes, false);
        if (window == DmaWindow.NONE && !region.isReachable(address, bytes, false)) {
            return Syndrome.LOCAL_ADDRESS;
        }
        regions[count] = region;
        windows[count] = window;
        addresses[count] = address;
        lengths[count++] = bytes;
        return Syndrome.SUCCESS;
    }

    /**
     * Copies all of it to a range whose every check has been made.
     *
     * @param window that holds the whole range, or {@link DmaWindow#NONE}
     * @return a result of {@link Mover}
     */
    int moveTo(SendQueue sends, MemoryRegion target, DmaWindow window, long to, long length) {
        if (inline) {
            return moveInline(sends.ring(), target, to, length);
        }
        long at = to;
        for (int i = 0; i < count; i++) {
            int moved = window != DmaWindow.NONE && windows[i] != DmaWindow.NONE
                    ? Mover.copy(windows[i], regions[i].deviceAddress(addresses[i]), window, target.deviceAddress(at),
                            lengths[i])
                    : Mover.copy(regions[i], addresses[i], target, at, lengths[i]);
            if (moved != Mover.DONE) {
                return moved;
            }
            at += lengths[i];
        }
        return Mover.DONE;
    }

    /** A building block at a time, as the entry may wrap round the end of the ring. */
    private int moveInline(Ring ring, MemoryRegion target, long to, long length) {
        for (long done = 0; done < length;) {
            long position = ring.wrap(inlineAt + done);
            long run = Math.min(length - done, SqeHeader.WQEBB_BYTES - (position & (SqeHeader.WQEBB_BYTES - 1)));
            int moved = Mover.copyIn(ring.segment(position), ring.offset(position), target, to + done, run);
            if (moved != Mover.DONE) {
                return moved;
            }
            done += run;
        }
        return Mover.DONE;
    }
}
