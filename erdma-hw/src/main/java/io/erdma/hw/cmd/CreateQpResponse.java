package io.erdma.hw.cmd;

import io.erdma.hw.BitField;

/**
 * Response of CREATE_QP.
 *
 * <pre>
 * response 0: 31:0 cookie of the QP, sent to the peer in the MPA frame
 * </pre>
 *
 * Data sheet: §5.1, command 1.
 */
public final class CreateQpResponse {
    private static final BitField COOKIE = BitField.of(31, 0);

    private CreateQpResponse() {}

    /** The response. */
    public static CommandResponse compose(int cookie) {
        return new CommandResponse(COOKIE.place(cookie), 0);
    }

    /** Cookie of the QP. */
    public static int cookie(CommandResponse response) {
        return COOKIE.getInt(response.qword0());
    }
}
