package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Request CREATE_EQ.
 *
 * <pre>
 *  8 ring address (64)
 * 16 vector, 17 EQN, 18 log2 depth, 19 type: a byte each
 * 20 doorbell-record address, low; 24 high
 * </pre>
 *
 * Data sheet: §5.2, command 0.
 */
public final class CreateEq {
    /** {@link #type}: asynchronous events. */
    public static final int TYPE_AEQ = 0;
    /** {@link #type}: completion events. */
    public static final int TYPE_CEQ = 1;

    private static final long RING_ADDRESS = 8;
    private static final WordField VECTOR = WordField.of(16, 7, 0);
    private static final WordField EQN = WordField.of(16, 15, 8);
    private static final WordField LOG2_DEPTH = WordField.of(16, 23, 16);
    private static final WordField TYPE = WordField.of(16, 31, 24);
    private static final long DOORBELL_RECORD = 20;

    private CreateEq() {}

    /** DMA address of the ring. */
    public static long ringAddress(MemorySegment command, long offset) {
        return Words.le64(command, offset + RING_ADDRESS);
    }

    /** Sets {@link #ringAddress}. */
    public static void setRingAddress(MemorySegment command, long offset, long ringAddress) {
        Words.setLe64(command, offset + RING_ADDRESS, ringAddress);
    }

    /** MSI-X vector. */
    public static int vector(MemorySegment command, long offset) {
        return VECTOR.get(command, offset);
    }

    /** Sets {@link #vector}, or EINVAL if it does not fit. */
    public static void setVector(MemorySegment command, long offset, int vector) {
        VECTOR.set(command, offset, vector);
    }

    /** EQN. */
    public static int eqn(MemorySegment command, long offset) {
        return EQN.get(command, offset);
    }

    /** Sets {@link #eqn}, or EINVAL if it does not fit. */
    public static void setEqn(MemorySegment command, long offset, int eqn) {
        EQN.set(command, offset, eqn);
    }

    /** log2 of the entries. */
    public static int log2Depth(MemorySegment command, long offset) {
        return LOG2_DEPTH.get(command, offset);
    }

    /** Sets {@link #log2Depth}, or EINVAL if it does not fit. */
    public static void setLog2Depth(MemorySegment command, long offset, int log2Depth) {
        LOG2_DEPTH.set(command, offset, log2Depth);
    }

    /** {@link #TYPE_AEQ} or {@link #TYPE_CEQ}. */
    public static int type(MemorySegment command, long offset) {
        return TYPE.get(command, offset);
    }

    /** Sets {@link #type}, or EINVAL if it does not fit. */
    public static void setType(MemorySegment command, long offset, int type) {
        TYPE.set(command, offset, type);
    }

    /** DMA address of the doorbell record. */
    public static long doorbellRecord(MemorySegment command, long offset) {
        return Words.le64(command, offset + DOORBELL_RECORD);
    }

    /** Sets {@link #doorbellRecord}. */
    public static void setDoorbellRecord(MemorySegment command, long offset, long doorbellRecord) {
        Words.setLe64(command, offset + DOORBELL_RECORD, doorbellRecord);
    }
}
