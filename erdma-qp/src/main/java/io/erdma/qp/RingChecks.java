package io.erdma.qp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.DoorbellRecord;
import java.lang.foreign.MemorySegment;

/** What a ring is made from must be so; afterwards nothing is checked again. */
final class RingChecks {
    private static final int QPN_BITS = 20;
    private static final int MAX_DEPTH = 1 << 15; // 16-bit indices tell full from empty up to here

    private RingChecks() {}

    static int qpn(int qpn) {
        if (qpn >>> QPN_BITS != 0) {
            throw new ErrnoException(Errno.EINVAL, "QPN " + qpn + " has more than " + QPN_BITS + " bits");
        }
        return qpn;
    }

    /** Entries of {@code 1 << entryShift} bytes in the ring. */
    static int depth(MemorySegment ring, int entryShift, int minimum) {
        long depth = ring.byteSize() >>> entryShift;
        if (depth << entryShift != ring.byteSize() || Long.bitCount(depth) != 1 || depth < minimum
                || depth > MAX_DEPTH) {
            throw new ErrnoException(Errno.EINVAL, "a ring of " + ring.byteSize() + " bytes: not a power of two of "
                    + minimum + " to " + MAX_DEPTH + " entries of " + (1 << entryShift));
        }
        return (int) depth;
    }

    static MemorySegment record(MemorySegment record) {
        if (record.byteSize() != DoorbellRecord.BYTES) {
            throw new ErrnoException(Errno.EINVAL, "a doorbell record of " + record.byteSize() + " bytes");
        }
        return record;
    }
}
