package io.erdma.hw.cmd;

import java.lang.foreign.MemorySegment;

/** Writes the request of a command. */
@FunctionalInterface
public interface CommandBody {
    /** A command without a request. */
    CommandBody EMPTY = (_, _) -> {};

    /** Writes fields into a zeroed slot of {@link CommandHeader#COMMAND_BYTES} bytes at an offset; the first 8 are the header's. */
    void write(MemorySegment slot, long offset);
}
