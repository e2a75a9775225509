package io.erdma.model.device;

import io.erdma.hw.Limits;

/** The local SGEs of the request at hand, checked. Part of an {@link EngineContext}, so that nothing is allocated for them. */
final class Scratch {
    final MemoryRegion[] regions = new MemoryRegion[Limits.SEND_SGES];
    final long[] addresses = new long[Limits.SEND_SGES];
    final long[] lengths = new long[Limits.SEND_SGES];
    int count;

    void clear() {
        count = 0;
    }

    void add(MemoryRegion region, long address, long bytes) {
        regions[count] = region;
        addresses[count] = address;
        lengths[count++] = bytes;
    }
}
