package io.erdma.hw;

import io.erdma.core.verbs.SendFlag;
import java.lang.foreign.MemorySegment;

/**
 * Header of a send-queue entry, its first 8 bytes, written last.
 *
 * <pre>
 * 63:56 SGL length: SGEs, or inline bytes, of SEND and WRITE; 0 for the others
 * 54:52 WQEBB count − 1
 * 51:32 QPN
 * 31:27 opcode, SqOpcode
 * 26    direct WQE, never set
 * 25    inline
 * 24    fence
 * 23    solicited
 * 22    completion wanted (CE)
 * 15:0  producer index after this SQE
 * </pre>
 *
 * Data sheet: §6 (kernel: {@code erdma_hw.h}, {@code ERDMA_SQE_HDR_*}).
 */
public final class SqeHeader {
    /** Bytes of the header. */
    public static final int BYTES = 8;
    /** log2 of a send-queue building block. */
    public static final int WQEBB_SHIFT = 5;
    /** Bytes of a send-queue building block. */
    public static final int WQEBB_BYTES = 1 << WQEBB_SHIFT;
    /** WQEBBs that an entry takes at most. */
    public static final int MAX_WQEBBS = 4;

    /** Flag for {@link #compose}: a completion is wanted. */
    public static final int SIGNALED = 1;
    /** Flag for {@link #compose}: solicited event at the peer. */
    public static final int SOLICITED = 1 << 1;
    /** Flag for {@link #compose}: wait for earlier READs and atomics. */
    public static final int FENCE = 1 << 2;
    /** Flag for {@link #compose}: the data is in the entry. */
    public static final int INLINE = 1 << 3;

    private static final BitField SGL_LENGTH = BitField.of(63, 56);
    private static final BitField WQEBB_COUNT = BitField.of(54, 52); // count − 1
    private static final BitField QPN = BitField.of(51, 32);
    private static final BitField OPCODE = BitField.of(31, 27);
    private static final BitField FLAGS = BitField.of(26, 22);
    private static final BitField DIRECT_WQE = BitField.bit(26);
    private static final BitField INLINE_BIT = BitField.bit(25);
    private static final BitField FENCE_BIT = BitField.bit(24);
    private static final BitField SOLICITED_BIT = BitField.bit(23);
    private static final BitField SIGNALED_BIT = BitField.bit(22);
    private static final BitField PRODUCER_INDEX = BitField.of(15, 0);

    private SqeHeader() {}

    /** The flags for {@link #compose} of a request's {@link SendFlag} bits; other bits are left out. */
    public static int flagsOf(int sendFlags) {
        return (sendFlags & SendFlag.SIGNALED) >> 1 | (sendFlags & SendFlag.SOLICITED) >> 1
                | (sendFlags & SendFlag.FENCE) << 2 | (sendFlags & SendFlag.INLINE);
    }

    /** WQEBBs that so many bytes take, header included. */
    public static int wqebbs(int bytes) {
        return (bytes + WQEBB_BYTES - 1) >>> WQEBB_SHIFT;
    }

    /**
     * Offset in the ring of a byte of an entry. An entry may wrap round the end of the ring at any WQEBB, so what lies beyond its first
     * WQEBB is found by this.
     *
     * @param index of the entry's first WQEBB
     * @param byteInSqe counted from the start of the entry
     * @param depth of the ring in WQEBBs
     */
    public static long byteOffset(int index, int byteInSqe, int depth) {
        return (((long) index << WQEBB_SHIFT) + byteInSqe) & (((long) depth << WQEBB_SHIFT) - 1);
    }

    /** The header; {@code flags} is a sum of {@link #SIGNALED}, {@link #SOLICITED}, {@link #FENCE}, {@link #INLINE}. */
    public static long compose(int sglLength, int wqebbCount, int qpn, int opcode, int flags, int producerIndex) {
        return SGL_LENGTH.place(sglLength) | WQEBB_COUNT.place(wqebbCount - 1L) | QPN.place(qpn) | OPCODE.place(opcode)
                | FLAGS.place(flags) | PRODUCER_INDEX.place(producerIndex);
    }

    /** Publishes the entry: every byte of its body must have been stored before. */
    public static void store(MemorySegment ring, long offset, long header) {
        Words.storeLe64(ring, offset, header);
    }

    /** The header of an entry, to be read before its body. */
    public static long load(MemorySegment ring, long offset) {
        return Words.loadLe64(ring, offset);
    }

    /** SGEs, or bytes if {@link #inline}, of SEND and WRITE. */
    public static int sglLength(long header) {
        return SGL_LENGTH.getInt(header);
    }

    /** WQEBBs of the entry, 1 … 8; more than {@link #MAX_WQEBBS} is a bad one. */
    public static int wqebbCount(long header) {
        return WQEBB_COUNT.getInt(header) + 1;
    }

    /** QPN, 20 bits. */
    public static int qpn(long header) {
        return QPN.getInt(header);
    }

    /** A number of {@link SqOpcode}, 5 bits. */
    public static int opcode(long header) {
        return OPCODE.getInt(header);
    }

    /** All flags, as {@link #compose} takes them. */
    public static int flags(long header) {
        return FLAGS.getInt(header);
    }

    /** Direct WQE, never set by a driver. */
    public static boolean directWqe(long header) {
        return DIRECT_WQE.isSet(header);
    }

    /** Whether the data is in the entry; means something on SEND and WRITE alone. */
    public static boolean inline(long header) {
        return INLINE_BIT.isSet(header);
    }

    /** Whether earlier READs and atomics must be done first. */
    public static boolean fence(long header) {
        return FENCE_BIT.isSet(header);
    }

    /** Whether the peer's solicited-only arm counts it. */
    public static boolean solicited(long header) {
        return SOLICITED_BIT.isSet(header);
    }

    /** Whether a completion is wanted on success. */
    public static boolean signaled(long header) {
        return SIGNALED_BIT.isSet(header);
    }

    /** Index after this entry, 16 bits, free-running. */
    public static int producerIndex(long header) {
        return PRODUCER_INDEX.getInt(header);
    }
}
