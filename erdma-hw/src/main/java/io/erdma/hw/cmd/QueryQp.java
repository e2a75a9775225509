package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request QUERY_QP; since Linux 7.3. Response: {@link QueryQpResponse}.
 *
 * <pre>
 *  8 QPN
 * </pre>
 *
 * Data sheet: §5.1, command 17.
 */
public final class QueryQp {
    private static final WordField QPN = WordField.of(8, 31, 0);

    private QueryQp() {}

    /** QPN. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }
}
