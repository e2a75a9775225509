package io.erdma.hw.cmd;

import io.erdma.hw.BitField;

/**
 * Response of QUERY_FW_INFO.
 *
 * <pre>
 * response 0: 31:0 firmware version
 * </pre>
 *
 * Data sheet: §5.2, command 2.
 */
public final class QueryFwInfoResponse {
    private static final BitField VERSION = BitField.of(31, 0);

    private QueryFwInfoResponse() {}

    /** The response. */
    public static CommandResponse compose(int version) {
        return new CommandResponse(VERSION.place(version), 0);
    }

    /** Firmware version, 32 bits. */
    public static int version(CommandResponse response) {
        return VERSION.getInt(response.qword0());
    }
}
