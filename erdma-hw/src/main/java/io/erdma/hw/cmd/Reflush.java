package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request REFLUSH: a kernel QP that has left RTS flushes all up to these indices. User QPs get none.
 *
 * <pre>
 *  8 QPN
 * 12 SQ producer index
 * 16 RQ producer index
 * </pre>
 *
 * Data sheet: §5.1, command 6.
 */
public final class Reflush {
    private static final WordField QPN = WordField.of(8, 31, 0);
    private static final WordField SQ_PRODUCER_INDEX = WordField.of(12, 31, 0);
    private static final WordField RQ_PRODUCER_INDEX = WordField.of(16, 31, 0);

    private Reflush() {}

    /** QPN. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }

    /** Index after the last SQE, a 16-bit counter. */
    public static int sqProducerIndex(MemorySegment command, long offset) {
        return SQ_PRODUCER_INDEX.get(command, offset);
    }

    /** Sets {@link #sqProducerIndex}. */
    public static void setSqProducerIndex(MemorySegment command, long offset, int sqProducerIndex) {
        SQ_PRODUCER_INDEX.set(command, offset, sqProducerIndex);
    }

    /** Index after the last RQE, a 16-bit counter. */
    public static int rqProducerIndex(MemorySegment command, long offset) {
        return RQ_PRODUCER_INDEX.get(command, offset);
    }

    /** Sets {@link #rqProducerIndex}. */
    public static void setRqProducerIndex(MemorySegment command, long offset, int rqProducerIndex) {
        RQ_PRODUCER_INDEX.set(command, offset, rqProducerIndex);
    }
}
