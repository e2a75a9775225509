package io.erdma.model.vfio;

import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaAccess;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where messages are composed and sent from: replies by the thread of the connection, requests of our own by any. */
final class Outbox implements AutoCloseable {
    private final UnixChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer;
    private final MemorySegment requests;

    /** @param largest bytes of a message at most, header and all */
    Outbox(UnixChannel channel, long largest) {
        this.channel = channel;
        this.buffer = arena.allocate(largest, Long.BYTES);
        this.requests = arena.allocate(largest, Long.BYTES);
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
    synchronized boolean reply(int id, int command, long payloadBytes) {
        Header.reply(buffer, 0, id, command, Header.BYTES + payloadBytes);
        return channel.send(buffer, 0, Header.BYTES + payloadBytes, true);
    }

    /** Sends an error. */
    synchronized boolean error(int id, int command, int errno) {
        Header.error(buffer, 0, id, command, errno);
        return channel.send(buffer, 0, Header.BYTES, true);
    }

    /**
     * Sends a request. False if the stream is of no use any more.
     *
     * @throws IllegalStateException if the data of a write is gone; then nothing was sent
     */
    synchronized boolean ask(int id, DmaCall call) {
        long data = call.command == Command.DMA_WRITE ? call.bytes : 0;
        long size = Header.BYTES + DmaAccess.BYTES + data;
        Header.command(requests, 0, id, call.command, size, false);
        DmaAccess.set(requests, Header.BYTES, call.address, call.bytes);
        MemorySegment.copy(call.memory, call.offset, requests, Header.BYTES + DmaAccess.BYTES, data);
        return channel.send(requests, 0, size, true);
    }

    @Override
    public void close() {
        arena.close();
    }
}
