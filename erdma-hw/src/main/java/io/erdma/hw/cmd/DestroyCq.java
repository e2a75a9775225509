package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request DESTROY_CQ.
 *
 * <pre>
 *  8 CQN
 * </pre>
 *
 * Data sheet: §5.1, command 5.
 */
public final class DestroyCq {
    private static final WordField CQN = WordField.of(8, 31, 0);

    private DestroyCq() {}

    /** CQN. */
    public static int cqn(MemorySegment command, long offset) {
        return CQN.get(command, offset);
    }

    /** Sets {@link #cqn}. */
    public static void setCqn(MemorySegment command, long offset, int cqn) {
        CQN.set(command, offset, cqn);
    }
}
