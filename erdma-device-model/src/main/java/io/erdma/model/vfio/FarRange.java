package io.erdma.model.vfio;

import io.erdma.core.hal.device.FarMemory;
import java.lang.foreign.MemorySegment;

/** A range of a client's memory that is not mapped here: the client moves the bytes, in as many messages as its transfers need. */
final class FarRange implements FarMemory {
    private final DmaCalls calls;
    private volatile boolean closed;

    FarRange(DmaCalls calls) {
        this.calls = calls;
    }

    @Override
    public boolean read(long deviceAddress, MemorySegment target, long offset, long bytes) {
        return calls.read(this, deviceAddress, target, offset, bytes);
    }

    @Override
    public boolean write(long deviceAddress, MemorySegment source, long offset, long bytes) {
        return calls.write(this, deviceAddress, source, offset, bytes);
    }

    boolean isClosed() {
        return closed;
    }

    /** No access succeeds any more, and none waits. */
    void close() {
        closed = true;
        calls.cancel(this);
    }
}
