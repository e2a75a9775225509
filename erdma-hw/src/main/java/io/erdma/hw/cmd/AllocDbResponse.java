package io.erdma.hw.cmd;

import io.erdma.hw.BitField;

/**
 * Response of ALLOC_DB: indices of 4096-byte pages of BAR 0, 16 bits each.
 *
 * <pre>
 * response 0: 63:48 CQ page, 47:32 RQ page, 15:0 SQ page
 * </pre>
 *
 * Linux' field names call the first one RQ and the second one CQ; what it rings there is as in this table. Data sheet: §5.2, command 8.
 */
public final class AllocDbResponse {
    private static final BitField CQ_PAGE = BitField.of(63, 48);
    private static final BitField RQ_PAGE = BitField.of(47, 32);
    private static final BitField SQ_PAGE = BitField.of(15, 0);

    private AllocDbResponse() {}

    /** The response; values are cut to their fields. */
    public static CommandResponse compose(int cqPage, int rqPage, int sqPage) {
        return new CommandResponse(CQ_PAGE.place(cqPage) | RQ_PAGE.place(rqPage) | SQ_PAGE.place(sqPage), 0);
    }

    /** Page of CQ doorbells. */
    public static int cqPage(CommandResponse response) {
        return CQ_PAGE.getInt(response.qword0());
    }

    /** Page of RQ doorbells. */
    public static int rqPage(CommandResponse response) {
        return RQ_PAGE.getInt(response.qword0());
    }

    /** Page of SQ doorbells. */
    public static int sqPage(CommandResponse response) {
        return SQ_PAGE.getInt(response.qword0());
    }
}
