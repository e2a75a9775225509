package io.erdma.model.vfio;

import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaAccess;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.MemorySegment;

/** One DMA_READ or DMA_WRITE and what became of it. What can change is under the lock of {@link DmaCalls}. */
final class DmaCall {
    final FarRange range;
    final int command;
    final long address;
    final MemorySegment memory;
    final long offset;
    final long bytes;
    /** In nanoseconds of the clock by which it is asked whether it {@link #isLate}. */
    final long deadline;
    private boolean done;
    private boolean good;
    private boolean memoryGone;

    DmaCall(FarRange range, int command, long address, MemorySegment memory, long offset, long bytes, long deadline) {
        this.range = range;
        this.command = command;
        this.address = address;
        this.memory = memory;
        this.offset = offset;
        this.bytes = bytes;
        this.deadline = deadline;
    }

    boolean isLate(long now) {
        return now - deadline >= 0;
    }

    boolean isDone() {
        return done;
    }

    /** Whether it was carried out. */
    boolean result() {
        if (memoryGone) {
            throw new IllegalStateException("the memory of the call is gone");
        }
        return good;
    }

    /** Nobody waits for it any more; its answer means nothing. */
    void fail() {
        done = true;
    }

    /** Takes its answer, of so many bytes. An error, or what is no answer to this call, fails it. */
    void answer(MemorySegment message, long at, long size) {
        if (done) {
            return;
        }
        done = true;
        if (Header.isError(message, at) || Header.command(message, at) != command) {
            return;
        }
        long payload = at + Header.BYTES;
        long payloadBytes = size - Header.BYTES;
        good = command == Command.DMA_READ
                ? take(message, payload, payloadBytes)
                : isOf(message, payload, payloadBytes);
    }

    private boolean take(MemorySegment message, long payload, long payloadBytes) {
        if (payloadBytes != DmaAccess.BYTES + bytes || DmaAccess.address(message, payload) != address
                || DmaAccess.count(message, payload) != bytes) {
            return false;
        }
        try {
            MemorySegment.copy(message, payload + DmaAccess.BYTES, memory, offset, bytes);
            return true;
        } catch (IllegalStateException e) {
            memoryGone = true;
            return false;
        }
    }

    /** A client answers a write with address and count, of 32 or 64 bits, or (QEMU) with nothing. */
    private boolean isOf(MemorySegment message, long payload, long payloadBytes) {
        if (payloadBytes == 0) {
            return true;
        }
        return switch ((int) payloadBytes) {
            case DmaAccess.SHORT_BYTES -> DmaAccess.address(message, payload) == address
                    && DmaAccess.shortCount(message, payload) == bytes;
            case DmaAccess.BYTES -> DmaAccess.address(message, payload) == address
                    && DmaAccess.count(message, payload) == bytes;
            default -> false;
        };
    }
}
