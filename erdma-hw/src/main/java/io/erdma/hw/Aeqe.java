package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Entry of the asynchronous EQ.
 *
 * <pre>
 * 0 header: 31 owner, 23:16 type, 7:0 subtype; written last
 * 4 data 0: QPN, or CQN for type 3
 * 8 data 1
 * </pre>
 *
 * Data sheet: §9 (kernel: {@code struct erdma_aeqe}).
 */
public final class Aeqe {
    /** log2 of the size of an EQ entry, CEQEs too. */
    public static final int SHIFT = 4;
    /** Size of an EQ entry, CEQEs too. */
    public static final int BYTES = 1 << SHIFT;

    /** {@link #type}: a QP is in error. */
    public static final int QP_FATAL = 0;
    /** {@link #type}: an error of a receive queue. */
    public static final int QP_RECV_QUEUE_ERROR = 1;
    /** {@link #type}: an access error. */
    public static final int ACCESS_ERROR = 2;
    /** {@link #type}: a CQ is in error; data 0 is its CQN. */
    public static final int CQ_ERROR = 3;
    /** {@link #type}: another error. */
    public static final int OTHER = 4;

    private static final BitField OWNER = BitField.bit(31);
    private static final BitField TYPE = BitField.of(23, 16);
    private static final BitField SUBTYPE = BitField.of(7, 0);

    private static final long DATA0 = 4;
    private static final long DATA1 = 8;

    private Aeqe() {}

    /** The header. */
    public static int compose(int owner, int type, int subtype) {
        return (int) (OWNER.place(owner) | TYPE.place(type) | SUBTYPE.place(subtype));
    }

    /** Publishes the entry: its data must have been stored before. */
    public static void store(MemorySegment ring, long offset, int header) {
        Words.storeLe32(ring, offset, header);
    }

    /** The header, to be read before the data. */
    public static int load(MemorySegment ring, long offset) {
        return Words.loadLe32(ring, offset);
    }

    /** Owner bit, 0 or 1, for {@link RingIndex#valid}. */
    public static int owner(int header) {
        return OWNER.getInt(header);
    }

    /** What happened: {@link #QP_FATAL} … {@link #OTHER}. */
    public static int type(int header) {
        return TYPE.getInt(header);
    }

    /** Subtype, 8 bits. */
    public static int subtype(int header) {
        return SUBTYPE.getInt(header);
    }

    /** QPN, or CQN for {@link #CQ_ERROR}. */
    public static int data0(MemorySegment ring, long offset) {
        return Words.le32(ring, offset + DATA0);
    }

    /** Sets the QPN or CQN. */
    public static void setData0(MemorySegment ring, long offset, int data0) {
        Words.setLe32(ring, offset + DATA0, data0);
    }

    /** Data 1. */
    public static int data1(MemorySegment ring, long offset) {
        return Words.le32(ring, offset + DATA1);
    }

    /** Sets data 1. */
    public static void setData1(MemorySegment ring, long offset, int data1) {
        Words.setLe32(ring, offset + DATA1, data1);
    }
}
