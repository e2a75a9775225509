package io.erdma.hw.cmd;

/**
 * The 16 bytes that a command answers.
 *
 * @param qword0 response 0
 * @param qword1 response 1
 */
public record CommandResponse(long qword0, long qword1) {
    /** The response of a command that has none. */
    public static final CommandResponse NONE = new CommandResponse(0, 0);
}
