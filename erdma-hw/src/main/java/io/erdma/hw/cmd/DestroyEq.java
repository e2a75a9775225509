package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request DESTROY_EQ.
 *
 * <pre>
 * 16 vector, 17 EQN, 18 –, 19 type: a byte each
 * </pre>
 *
 * Data sheet: §5.2, command 1.
 */
public final class DestroyEq {
    private static final WordField VECTOR = WordField.of(16, 7, 0);
    private static final WordField EQN = WordField.of(16, 15, 8);
    private static final WordField TYPE = WordField.of(16, 31, 24);

    private DestroyEq() {}

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

    /** {@link CreateEq#TYPE_AEQ} or {@link CreateEq#TYPE_CEQ}. */
    public static int type(MemorySegment command, long offset) {
        return TYPE.get(command, offset);
    }

    /** Sets {@link #type}, or EINVAL if it does not fit. */
    public static void setType(MemorySegment command, long offset, int type) {
        TYPE.set(command, offset, type);
    }
}
