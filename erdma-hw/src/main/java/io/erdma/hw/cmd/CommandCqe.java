package io.erdma.hw.cmd;

import io.erdma.hw.Cqe;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Completion of a command, 32 bytes of <b>BE</b> words.
 *
 * <pre>
 *  0 header, as {@link Cqe}'s: 31 owner, 23:16 opcode, 15:8 queue type = 2, 7:0 syndrome (0 = success); written last
 *  4 index of the command's first WQEBB
 *  8 response 0, low word; 12 high word
 * 16 response 1, low word; 20 high word
 * </pre>
 *
 * Data sheet: §5.
 */
public final class CommandCqe {
    /** log2 of the size. */
    public static final int SHIFT = Cqe.SHIFT;
    /** Size. */
    public static final int BYTES = Cqe.BYTES;
    /** {@link #syndrome}: done. */
    public static final int SUCCESS = 0;
    /** {@link #syndrome}: refused. The data sheet has no numbers for the reasons. */
    public static final int REFUSED = 1;

    private static final long WQEBB_INDEX = 4;
    private static final long RESPONSE0 = 8;
    private static final long RESPONSE1 = 16;
    private static final int WORD_BYTES = 4;

    private CommandCqe() {}

    /** The header; the queue type is {@link Cqe#QUEUE_COMMAND}. */
    public static int compose(int owner, int opcode, int queueType, int syndrome) {
        return Cqe.compose(owner, opcode, queueType, syndrome);
    }

    /** Publishes the entry: its body must have been stored before. */
    public static void store(MemorySegment cqe, long offset, int header) {
        Cqe.store(cqe, offset, header);
    }

    /** The header, to be read before the body. */
    public static int load(MemorySegment cqe, long offset) {
        return Cqe.load(cqe, offset);
    }

    /** Owner bit, 0 or 1, for {@link io.erdma.hw.RingIndex#valid}. */
    public static int owner(int header) {
        return Cqe.owner(header);
    }

    /** Opcode of the command. */
    public static int opcode(int header) {
        return Cqe.opcode(header);
    }

    /** {@link Cqe#QUEUE_COMMAND}. */
    public static int queueType(int header) {
        return Cqe.queueType(header);
    }

    /** {@link #SUCCESS} or the device's reason to refuse. */
    public static int syndrome(int header) {
        return Cqe.syndrome(header);
    }

    /** Index of the command's first WQEBB; the reader masks it with the ring's depth. */
    public static int wqebbIndex(MemorySegment cqe, long offset) {
        return Words.be32(cqe, offset + WQEBB_INDEX);
    }

    /** Sets the index of the command's first WQEBB. */
    public static void setWqebbIndex(MemorySegment cqe, long offset, int wqebbIndex) {
        Words.setBe32(cqe, offset + WQEBB_INDEX, wqebbIndex);
    }

    /** First word of the response. */
    public static long response0(MemorySegment cqe, long offset) {
        return lowHigh(cqe, offset + RESPONSE0);
    }

    /** Sets the first word of the response. */
    public static void setResponse0(MemorySegment cqe, long offset, long response0) {
        setLowHigh(cqe, offset + RESPONSE0, response0);
    }

    /** Second word of the response. */
    public static long response1(MemorySegment cqe, long offset) {
        return lowHigh(cqe, offset + RESPONSE1);
    }

    /** Sets the second word of the response. */
    public static void setResponse1(MemorySegment cqe, long offset, long response1) {
        setLowHigh(cqe, offset + RESPONSE1, response1);
    }

    /** The whole response. */
    public static CommandResponse response(MemorySegment cqe, long offset) {
        return new CommandResponse(response0(cqe, offset), response1(cqe, offset));
    }

    private static long lowHigh(MemorySegment cqe, long offset) {
        return Integer.toUnsignedLong(Words.be32(cqe, offset)) | (long) Words.be32(cqe, offset + WORD_BYTES) << 32;
    }

    private static void setLowHigh(MemorySegment cqe, long offset, long value) {
        Words.setBe32(cqe, offset, (int) value);
        Words.setBe32(cqe, offset + WORD_BYTES, (int) (value >>> 32));
    }
}
