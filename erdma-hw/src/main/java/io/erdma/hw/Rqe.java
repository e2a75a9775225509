package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Receive-queue entry. It has one SGE, or none: length 0, address and STag then left over from before.
 *
 * <pre>
 *  0 index after this RQE (16), 2 garbage, 4 QPN: the header, which is the {@link RqDoorbell} too
 *  8 –
 * 16 address (64)
 * 24 length
 * 28 STag
 * </pre>
 *
 * Data sheet: §7 (kernel: {@code struct erdma_rqe}).
 */
public final class Rqe {
    /** log2 of the size. */
    public static final int SHIFT = 5;
    /** Size. */
    public static final int BYTES = 1 << SHIFT;

    private static final long ADDRESS = 16;
    private static final long LENGTH = 24;
    private static final long STAG = 28;

    private Rqe() {}

    /** The header, which is also the doorbell's value. */
    public static long compose(int qpn, int producerIndex) {
        return RqDoorbell.compose(qpn, producerIndex);
    }

    /** Publishes the entry: its body must have been stored before. */
    public static void store(MemorySegment rqe, long offset, long header) {
        Words.storeLe64(rqe, offset, header);
    }

    /** The header, to be read before the body. */
    public static long load(MemorySegment rqe, long offset) {
        return Words.loadLe64(rqe, offset);
    }

    /** QPN, a whole 32-bit word. */
    public static int qpn(long header) {
        return RqDoorbell.qpn(header);
    }

    /** Index after this entry, 16 bits, free-running. */
    public static int producerIndex(long header) {
        return RqDoorbell.producerIndex(header);
    }

    /** Sets the SGE; length and STag go in one store. */
    public static void setSge(MemorySegment rqe, long offset, long address, long length, int stag) {
        Sge.set(rqe, offset + ADDRESS, address, length, stag);
    }

    /** Address of the buffer; garbage if the length is 0. */
    public static long address(MemorySegment rqe, long offset) {
        return Words.le64(rqe, offset + ADDRESS);
    }

    /** Length of the buffer in bytes. */
    public static long length(MemorySegment rqe, long offset) {
        return Words.unsignedLe32(rqe, offset + LENGTH);
    }

    /** Sets the length of the buffer: 0 for an entry without a buffer. */
    public static void setLength(MemorySegment rqe, long offset, long length) {
        Words.setLe32(rqe, offset + LENGTH, (int) length);
    }

    /** STag of the buffer; garbage if the length is 0. */
    public static int stag(MemorySegment rqe, long offset) {
        return Words.le32(rqe, offset + STAG);
    }
}
