package io.erdma.core.hal;

import java.lang.foreign.MemorySegment;

/** Memory that driver and device share. */
public interface DmaMemory extends AutoCloseable {
    /** The driver's view, exactly as long as asked for. */
    MemorySegment segment();

    /** Where the device finds it. Never equal to the segment's address. */
    long deviceAddress();

    /** Size in bytes. */
    default long bytes() {
        return segment().byteSize();
    }

    /**
     * Gives it back: when this returns, the device can't reach it any more. Idempotent. The segment must not be used afterwards; a strict
     * HAL makes such a use fail.
     */
    @Override
    void close();
}
