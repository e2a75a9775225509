package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request ALLOC_DB: doorbell pages for a context. Response: {@link AllocDbResponse}.
 *
 * <pre>
 *  8 cfg: 2 CQ, 1 RQ, 0 SQ; always all three
 * </pre>
 *
 * Data sheet: §5.2, command 8.
 */
public final class AllocDb {
    private static final WordField CQ = WordField.of(8, 2, 2);
    private static final WordField RQ = WordField.of(8, 1, 1);
    private static final WordField SQ = WordField.of(8, 0, 0);

    private AllocDb() {}

    /** Whether a page of CQ doorbells is asked for. */
    public static boolean cq(MemorySegment command, long offset) {
        return CQ.isSet(command, offset);
    }

    /** Sets {@link #cq}. */
    public static void setCq(MemorySegment command, long offset, boolean cq) {
        CQ.set(command, offset, cq);
    }

    /** Whether a page of RQ doorbells is asked for. */
    public static boolean rq(MemorySegment command, long offset) {
        return RQ.isSet(command, offset);
    }

    /** Sets {@link #rq}. */
    public static void setRq(MemorySegment command, long offset, boolean rq) {
        RQ.set(command, offset, rq);
    }

    /** Whether a page of SQ doorbells is asked for. */
    public static boolean sq(MemorySegment command, long offset) {
        return SQ.isSet(command, offset);
    }

    /** Sets {@link #sq}. */
    public static void setSq(MemorySegment command, long offset, boolean sq) {
        SQ.set(command, offset, sq);
    }
}
