package io.erdma.hw;

import io.erdma.core.verbs.WcStatus;
import java.util.List;

/**
 * Syndromes of completions, with what a work completion reports for each.
 *
 * <pre>
 *  0      success                              SUCCESS         0
 *  1      general                              GENERAL_ERR     0
 *  2      bad RQE                              GENERAL_ERR     0x01
 *  3 …  7 receive side: STag, address, rights,
 *         PD, wrap                             REM_ACCESS_ERR  0x02 … 0x06
 *  8      bad SQE                              LOC_QP_OP_ERR   0x20
 *  9      ORD exceeded                         GENERAL_ERR     0x21
 * 10 … 14 send side: STag, address, rights,
 *         PD, wrap                             LOC_ACCESS_ERR  0x30 … 0x34
 * 15      flushed                              WR_FLUSH_ERR    0
 * 16      retries exceeded                     RETRY_EXC_ERR   0
 * other                                        GENERAL_ERR     0
 * </pre>
 *
 * Data sheet: §8 (kernel: {@code erdma_cq.c}, {@code map_cqe_status}).
 */
public final class Syndrome {
    /** Done. */
    public static final int SUCCESS = 0;
    /** Any error without a number of its own. */
    public static final int GENERAL = 1;
    /** The receive-queue entry is malformed. */
    public static final int BAD_RQE = 2;
    /** Receive side: no such STag, or not valid. */
    public static final int REMOTE_STAG = 3;
    /** Receive side: outside the region. */
    public static final int REMOTE_ADDRESS = 4;
    /** Receive side: rights. */
    public static final int REMOTE_RIGHTS = 5;
    /** Receive side: of another PD. */
    public static final int REMOTE_PD = 6;
    /** Receive side: the address wraps. */
    public static final int REMOTE_WRAP = 7;
    /** The send-queue entry is malformed. */
    public static final int BAD_SQE = 8;
    /** More READs outstanding than allowed. */
    public static final int ORD_EXCEEDED = 9;
    /** Send side: no such STag, or not valid. */
    public static final int LOCAL_STAG = 10;
    /** Send side: outside the region. */
    public static final int LOCAL_ADDRESS = 11;
    /** Send side: rights. */
    public static final int LOCAL_RIGHTS = 12;
    /** Send side: of another PD. */
    public static final int LOCAL_PD = 13;
    /** Send side: the address wraps. */
    public static final int LOCAL_WRAP = 14;
    /** Flushed, as the QP had left RTS. */
    public static final int FLUSHED = 15;
    /** The peer is gone or cannot be reached. */
    public static final int RETRY_EXCEEDED = 16;

    private record Meaning(WcStatus status, int vendorError) {}

    private static final Meaning UNKNOWN = new Meaning(WcStatus.GENERAL_ERR, 0);

    private static final List<Meaning> MEANINGS = List.of(
            new Meaning(WcStatus.SUCCESS, 0),
            new Meaning(WcStatus.GENERAL_ERR, 0),
            new Meaning(WcStatus.GENERAL_ERR, 0x01),
            new Meaning(WcStatus.REM_ACCESS_ERR, 0x02),
            new Meaning(WcStatus.REM_ACCESS_ERR, 0x03),
            new Meaning(WcStatus.REM_ACCESS_ERR, 0x04),
            new Meaning(WcStatus.REM_ACCESS_ERR, 0x05),
            new Meaning(WcStatus.REM_ACCESS_ERR, 0x06),
            new Meaning(WcStatus.LOC_QP_OP_ERR, 0x20),
            new Meaning(WcStatus.GENERAL_ERR, 0x21),
            new Meaning(WcStatus.LOC_ACCESS_ERR, 0x30),
            new Meaning(WcStatus.LOC_ACCESS_ERR, 0x31),
            new Meaning(WcStatus.LOC_ACCESS_ERR, 0x32),
            new Meaning(WcStatus.LOC_ACCESS_ERR, 0x33),
            new Meaning(WcStatus.LOC_ACCESS_ERR, 0x34),
            new Meaning(WcStatus.WR_FLUSH_ERR, 0),
            new Meaning(WcStatus.RETRY_EXC_ERR, 0));

    private Syndrome() {}

    /** Status of the work completion; {@link WcStatus#GENERAL_ERR} for an unknown syndrome. */
    public static WcStatus status(int syndrome) {
        return meaning(syndrome).status();
    }

    /** Vendor error of the work completion; 0 for an unknown syndrome. */
    public static int vendorError(int syndrome) {
        return meaning(syndrome).vendorError();
    }

    private static Meaning meaning(int syndrome) {
        return syndrome >= 0 && syndrome < MEANINGS.size() ? MEANINGS.get(syndrome) : UNKNOWN;
    }
}
