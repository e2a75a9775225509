package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Completion-queue entry; <b>BE</b> words but for the immediate.
 *
 * <pre>
 *  0 header: 31 owner, 23:16 opcode ({@link CqeOpcode}), 15:8 queue type, 7:0 syndrome ({@link Syndrome}); written last
 *  4 WQE index: SQ, the first WQEBB of the SQE; RQ, one less than the number in the RQE; 16 bits, free-running
 *  8 QPN
 * 12 immediate (LE) or invalidated rkey (BE)
 * 16 byte count
 * 28 UD: 31 IPv6, 27:20 SL, 19:0 source QPN
 * </pre>
 *
 * Data sheet: §8 (kernel: {@code struct erdma_cqe}).
 */
public final class Cqe {
    /** log2 of the size. */
    public static final int SHIFT = 5;
    /** Size. */
    public static final int BYTES = 1 << SHIFT;

    /** {@link #queueType}: the request was a send. */
    public static final int QUEUE_SQ = 0;
    /** {@link #queueType}: the request was a receive. */
    public static final int QUEUE_RQ = 1;
    /** {@link #queueType}: the request was a command. */
    public static final int QUEUE_COMMAND = 2;

    private static final BitField OWNER = BitField.bit(31);
    private static final BitField OPCODE = BitField.of(23, 16);
    private static final BitField QUEUE_TYPE = BitField.of(15, 8);
    private static final BitField SYNDROME = BitField.of(7, 0);

    private static final long WQE_INDEX = 4;
    private static final long QPN = 8;
    private static final long IMMEDIATE = 12;
    private static final long BYTE_COUNT = 16;
    private static final long UD = 28;

    private static final BitField INDEX_16 = BitField.of(15, 0);
    private static final BitField UD_IPV6 = BitField.bit(31);
    private static final BitField UD_SL = BitField.of(27, 20);
    private static final BitField UD_SOURCE_QPN = BitField.of(19, 0);

    private Cqe() {}

    /** The header. */
    public static int compose(int owner, int opcode, int queueType, int syndrome) {
        return (int) (OWNER.place(owner) | OPCODE.place(opcode) | QUEUE_TYPE.place(queueType)
                | SYNDROME.place(syndrome));
    }

    /** Publishes the entry: its body must have been stored before. */
    public static void store(MemorySegment cqe, long offset, int header) {
        Words.storeBe32(cqe, offset, header);
    }

    /**
     * Writes and publishes an entry in three stores, the header last. Set beforehand, if at all: {@link #setUd}.
     *
     * @param immediateOrKey the word at 12: an immediate as a number, or an invalidated rkey through {@link Integer#reverseBytes}
     */
    public static void publish(MemorySegment cqe, long offset, int header, int wqeIndex, int qpn, int immediateOrKey,
            long byteCount) {
        Words.setLe64(cqe, offset + QPN, bigEndianFirst(qpn, immediateOrKey));
        setByteCount(cqe, offset, byteCount);
        int index = (int) INDEX_16.place(wqeIndex);
        Words.storeLe64(cqe, offset, bigEndianFirst(header, Integer.reverseBytes(index)));
    }

    /** A big-endian word, and one as it is behind it, as a little-endian double word. */
    private static long bigEndianFirst(int bigEndian, int behind) {
        return Integer.toUnsignedLong(Integer.reverseBytes(bigEndian)) | (long) behind << Integer.SIZE;
    }

    /** The header, to be read before the body. */
    public static int load(MemorySegment cqe, long offset) {
        return Words.loadBe32(cqe, offset);
    }

    /** Owner bit, 0 or 1, for {@link RingIndex#valid}. */
    public static int owner(int header) {
        return OWNER.getInt(header);
    }

    /** A number of {@link CqeOpcode}. */
    public static int opcode(int header) {
        return OPCODE.getInt(header);
    }

    /** {@link #QUEUE_SQ}, {@link #QUEUE_RQ} or {@link #QUEUE_COMMAND}. */
    public static int queueType(int header) {
        return QUEUE_TYPE.getInt(header);
    }

    /** A number of {@link Syndrome}. */
    public static int syndrome(int header) {
        return SYNDROME.getInt(header);
    }

    /** Index of the request's first WQEBB, or of the RQE; 16 bits, free-running. */
    public static int wqeIndex(MemorySegment cqe, long offset) {
        return INDEX_16.getInt(Words.be32(cqe, offset + WQE_INDEX));
    }

    /** Sets the index of the request; cut to 16 bits. */
    public static void setWqeIndex(MemorySegment cqe, long offset, int wqeIndex) {
        Words.setBe32(cqe, offset + WQE_INDEX, (int) INDEX_16.place(wqeIndex));
    }

    /** QPN. */
    public static int qpn(MemorySegment cqe, long offset) {
        return Words.be32(cqe, offset + QPN);
    }

    /** Sets the QPN. */
    public static void setQpn(MemorySegment cqe, long offset, int qpn) {
        Words.setBe32(cqe, offset + QPN, qpn);
    }

    /** The peer's immediate, as a number (LE in the entry). */
    public static int immediate(MemorySegment cqe, long offset) {
        return Words.le32(cqe, offset + IMMEDIATE);
    }

    /** Sets the immediate. */
    public static void setImmediate(MemorySegment cqe, long offset, int immediate) {
        Words.setLe32(cqe, offset + IMMEDIATE, immediate);
    }

    /** The rkey that the peer's SEND invalidated. */
    public static int invalidatedKey(MemorySegment cqe, long offset) {
        return Words.be32(cqe, offset + IMMEDIATE);
    }

    /** Sets the invalidated rkey. */
    public static void setInvalidatedKey(MemorySegment cqe, long offset, int invalidatedKey) {
        Words.setBe32(cqe, offset + IMMEDIATE, invalidatedKey);
    }

    /** Bytes received, or the SQE's length. */
    public static long byteCount(MemorySegment cqe, long offset) {
        return Integer.toUnsignedLong(Words.be32(cqe, offset + BYTE_COUNT));
    }

    /** Sets the byte count. */
    public static void setByteCount(MemorySegment cqe, long offset, long byteCount) {
        Words.setBe32(cqe, offset + BYTE_COUNT, (int) byteCount);
    }

    /** UD: whether the packet came over IPv6. */
    public static boolean udIpv6(MemorySegment cqe, long offset) {
        return UD_IPV6.isSet(Words.be32(cqe, offset + UD));
    }

    /** UD: service level, 8 bits. */
    public static int udSl(MemorySegment cqe, long offset) {
        return UD_SL.getInt(Words.be32(cqe, offset + UD));
    }

    /** UD: QPN of the sender, 20 bits. */
    public static int udSourceQpn(MemorySegment cqe, long offset) {
        return UD_SOURCE_QPN.getInt(Words.be32(cqe, offset + UD));
    }

    /** Sets all that a UD receive tells of its packet. */
    public static void setUd(MemorySegment cqe, long offset, boolean udIpv6, int udSl, int udSourceQpn) {
        Words.setBe32(cqe, offset + UD,
                (int) (UD_IPV6.place(udIpv6) | UD_SL.place(udSl) | UD_SOURCE_QPN.place(udSourceQpn)));
    }
}
