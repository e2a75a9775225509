package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request FREE_DB.
 *
 * <pre>
 *  8 cfg: 2 CQ, 1 RQ, 0 SQ; always all three
 * 12 RQ page (16), 14 SQ page (16)
 * 16 –, 18 CQ page (16)
 * </pre>
 *
 * Linux passes the RQ page as the CQ's and the CQ page as the RQ's (the field names of ALLOC_DB are swapped there): free by context, whatever
 * the order. Data sheet: §5.2, command 9.
 */
public final class FreeDb {
    private static final WordField CQ = WordField.of(8, 2, 2);
    private static final WordField RQ = WordField.of(8, 1, 1);
    private static final WordField SQ = WordField.of(8, 0, 0);
    private static final WordField RQ_PAGE = WordField.of(12, 15, 0);
    private static final WordField SQ_PAGE = WordField.of(12, 31, 16);
    private static final WordField CQ_PAGE = WordField.of(16, 31, 16);

    private FreeDb() {}

    /** Whether the page of CQ doorbells is given back. */
    public static boolean cq(MemorySegment command, long offset) {
        return CQ.isSet(command, offset);
    }

    /** Sets {@link #cq}. */
    public static void setCq(MemorySegment command, long offset, boolean cq) {
        CQ.set(command, offset, cq);
    }

    /** Whether the page of RQ doorbells is given back. */
    public static boolean rq(MemorySegment command, long offset) {
        return RQ.isSet(command, offset);
    }

    /** Sets {@link #rq}. */
    public static void setRq(MemorySegment command, long offset, boolean rq) {
        RQ.set(command, offset, rq);
    }

    /** Whether the page of SQ doorbells is given back. */
    public static boolean sq(MemorySegment command, long offset) {
        return SQ.isSet(command, offset);
    }

    /** Sets {@link #sq}. */
    public static void setSq(MemorySegment command, long offset, boolean sq) {
        SQ.set(command, offset, sq);
    }

    /** Page of RQ doorbells. */
    public static int rqPage(MemorySegment command, long offset) {
        return RQ_PAGE.get(command, offset);
    }

    /** Sets {@link #rqPage}, or EINVAL if it does not fit. */
    public static void setRqPage(MemorySegment command, long offset, int rqPage) {
        RQ_PAGE.set(command, offset, rqPage);
    }

    /** Page of SQ doorbells. */
    public static int sqPage(MemorySegment command, long offset) {
        return SQ_PAGE.get(command, offset);
    }

    /** Sets {@link #sqPage}, or EINVAL if it does not fit. */
    public static void setSqPage(MemorySegment command, long offset, int sqPage) {
        SQ_PAGE.set(command, offset, sqPage);
    }

    /** Page of CQ doorbells. */
    public static int cqPage(MemorySegment command, long offset) {
        return CQ_PAGE.get(command, offset);
    }

    /** Sets {@link #cqPage}, or EINVAL if it does not fit. */
    public static void setCqPage(MemorySegment command, long offset, int cqPage) {
        CQ_PAGE.set(command, offset, cqPage);
    }
}
