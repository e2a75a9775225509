package io.erdma.model.vfio;

import io.erdma.core.exec.Clock;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaAccess;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where messages are composed and sent from: replies by the thread of the connection, requests of our own by any. One at a time; who waits for another's message, or
 * for a client that does not read, does so until a deadline.
 */
final class Outbox implements AutoCloseable {
    /** How long a client may leave a reply unread that no engine waits for. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Clock clock = Clock.system();
    private final ReentrantLock sending = new ReentrantLock();
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

    /** Until when a reply may take that no engine waits for. */
    long deadline() {
        return clock.nanoTime() + PATIENCE.toNanos();
    }

    /** Sends what was composed, as the reply to a command. False if the stream is of no use any more. */
    boolean reply(int id, int command, long payloadBytes, long deadline) {
        Header.reply(buffer, 0, id, command, Header.BYTES + payloadBytes);
        return send(Header.BYTES + payloadBytes, deadline);
    }

    /** Sends an error. */
    boolean error(int id, int command, int errno, long deadline) {
        Header.error(buffer, 0, id, command, errno);
        return send(Header.BYTES, deadline);
    }

    private boolean send(long bytes, long deadline) {
        if (!begin(deadline)) {
            return false;
        }
        try {
            return channel.send(buffer, 0, bytes, deadline);
        } finally {
            sending.unlock();
        }
    }

    private boolean begin(long deadline) {
        try {
            return sending.tryLock(deadline - clock.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a thread of the server was interrupted", e);
        }
    }

    /**
     * Sends a request, by its deadline. False if the stream is of no use any more.
     *
     * @throws IllegalStateException if the data of a write is gone; then nothing was sent
     */
    boolean ask(int id, DmaCall call) {
        if (!begin(call.deadline)) {
            return false;
        }
        try {
            long data = call.command == Command.DMA_WRITE ? call.bytes : 0;
            long size = Header.BYTES + DmaAccess.BYTES + data;
            Header.command(requests, 0, id, call.command, size, false);
            DmaAccess.set(requests, Header.BYTES, call.address, call.bytes);
            MemorySegment.copy(call.memory, call.offset, requests, Header.BYTES + DmaAccess.BYTES, data);
            return channel.send(requests, 0, size, call.deadline);
        } finally {
            sending.unlock();
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
