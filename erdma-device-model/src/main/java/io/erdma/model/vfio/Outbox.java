package io.erdma.model.vfio;

import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where replies are composed and sent from. One thread. */
final class Outbox implements AutoCloseable {
    private final UnixChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer;

    /** @param largest bytes of a reply at most, header and all */
    Outbox(UnixChannel channel, long largest) {
        this.channel = channel;
        this.buffer = arena.allocate(largest, Long.BYTES);
    }

    /** Where a payload is composed. */
    MemorySegment memory() {
        return buffer;
    }

    /** Offset of the payload. */
    static long payload() {
        return Header.BYTES;
    }

    /** Sends what was composed, as the reply to a command. False if the stream is of no use any more. */
    boolean reply(int id, int command, long payloadBytes) {
        Header.reply(buffer, 0, id, command, Header.BYTES + payloadBytes);
        return channel.send(buffer, 0, Header.BYTES + payloadBytes, true);
    }

    /** Sends an error. */
    boolean error(int id, int command, int errno) {
        Header.error(buffer, 0, id, command, errno);
        return channel.send(buffer, 0, Header.BYTES, true);
    }

    @Override
    public void close() {
        arena.close();
    }
}
