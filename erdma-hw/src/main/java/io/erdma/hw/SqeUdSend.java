package io.erdma.hw;

import java.lang.foreign.MemorySegment;

/**
 * Body of SEND and SEND_WITH_IMM on a UD QP; since Linux 7.3.
 *
 * <pre>
 *  0 header, {@link SqeHeader}
 *  8 immediate (BE)
 * 12 length
 * 16 Q_Key
 * 20 destination QPN
 * 24 AH number
 * 28 –
 * 32 SGEs, {@link Sge}, or inline data
 * </pre>
 *
 * Data sheet: §6.
 */
public final class SqeUdSend {
    /** Where SGEs or inline data begin: the second WQEBB. */
    public static final int SGL_OFFSET = 32;

    private static final long IMMEDIATE = 8;
    private static final long LENGTH = 12;
    private static final long QKEY = 16;
    private static final long DESTINATION_QPN = 20;
    private static final long AH = 24;

    private SqeUdSend() {}

    /** The immediate of SEND_WITH_IMM, as a number (BE in the entry); else garbage. */
    public static int immediate(MemorySegment sqe, long offset) {
        return Words.be32(sqe, offset + IMMEDIATE);
    }

    /** Sets {@link #immediate}. */
    public static void setImmediate(MemorySegment sqe, long offset, int immediate) {
        Words.setBe32(sqe, offset + IMMEDIATE, immediate);
    }

    /** Length of the message in bytes. */
    public static long length(MemorySegment sqe, long offset) {
        return Words.unsignedLe32(sqe, offset + LENGTH);
    }

    /** Sets {@link #length}. */
    public static void setLength(MemorySegment sqe, long offset, long length) {
        Words.setLe32(sqe, offset + LENGTH, (int) length);
    }

    /** Q_Key. */
    public static int qkey(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + QKEY);
    }

    /** Sets {@link #qkey}. */
    public static void setQkey(MemorySegment sqe, long offset, int qkey) {
        Words.setLe32(sqe, offset + QKEY, qkey);
    }

    /** QPN of the receiver. */
    public static int destinationQpn(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + DESTINATION_QPN);
    }

    /** Sets {@link #destinationQpn}. */
    public static void setDestinationQpn(MemorySegment sqe, long offset, int destinationQpn) {
        Words.setLe32(sqe, offset + DESTINATION_QPN, destinationQpn);
    }

    /** Number of the address handle. */
    public static int ah(MemorySegment sqe, long offset) {
        return Words.le32(sqe, offset + AH);
    }

    /** Sets {@link #ah}. */
    public static void setAh(MemorySegment sqe, long offset, int ah) {
        Words.setLe32(sqe, offset + AH, ah);
    }
}
