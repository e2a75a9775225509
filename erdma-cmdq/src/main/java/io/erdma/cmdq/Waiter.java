package io.erdma.cmdq;

import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import java.util.concurrent.locks.LockSupport;

/** A command in flight and the thread that waits for it. The outcome is published by the volatile write of {@link #done}. */
final class Waiter {
    private final CommandOpcode opcode;
    private final Thread thread = Thread.currentThread();
    private int syndrome;
    private CommandResponse response = CommandResponse.NONE;
    private volatile boolean done;

    Waiter(CommandOpcode opcode) {
        this.opcode = opcode;
    }

    CommandOpcode opcode() {
        return opcode;
    }

    boolean isDone() {
        return done;
    }

    int syndrome() {
        return syndrome;
    }

    CommandResponse response() {
        return response;
    }

    void complete(int newSyndrome, CommandResponse newResponse) {
        syndrome = newSyndrome;
        response = newResponse;
        done = true;
        LockSupport.unpark(thread);
    }
}
