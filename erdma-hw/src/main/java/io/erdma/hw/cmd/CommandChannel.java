package io.erdma.hw.cmd;

/** Executes device commands, several at a time if several threads ask. Implementations are safe for use by any thread. */
public interface CommandChannel {
    /**
     * Sends a command and waits for its completion.
     *
     * @param opcode which command
     * @param body writes the request, on the calling thread and before this returns
     * @return the response, both words 0 for a command that has none
     * @throws io.erdma.core.errno.ErrnoException EIO: the device refused (the message has opcode and syndrome); ETIME: no answer in time,
     *         the queue is broken from now on; ENODEV: the queue is broken or closed; and what {@code body} throws, nothing being sent then
     */
    CommandResponse execute(CommandOpcode opcode, CommandBody body);
}
