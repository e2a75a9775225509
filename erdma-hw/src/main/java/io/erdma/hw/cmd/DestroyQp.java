package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request DESTROY_QP.
 *
 * <pre>
 *  8 QPN
 * </pre>
 *
 * Data sheet: §5.1, command 2.
 */
public final class DestroyQp {
    private static final WordField QPN = WordField.of(8, 31, 0);

    private DestroyQp() {}

    /** QPN. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }
}
