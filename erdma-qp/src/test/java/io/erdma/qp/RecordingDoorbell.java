package io.erdma.qp;

import io.erdma.core.hal.Mmio;
import io.erdma.hw.DoorbellRecord;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** A doorbell that keeps what was rung, and what the record held at that moment. */
final class RecordingDoorbell implements Mmio {
    private final MemorySegment record;
    private final List<Long> rung = new ArrayList<>();
    private final List<Long> recordsThen = new ArrayList<>();
    private LongConsumer device = _ -> {};
    private boolean keeping = true;

    RecordingDoorbell(MemorySegment record) {
        this.record = record;
    }

    /** What the device does within the write. */
    void onRing(LongConsumer newDevice) {
        device = newDevice;
    }

    /** Keeps nothing from now on, so that nothing is allocated. */
    void forgetAll() {
        keeping = false;
    }

    List<Long> rung() {
        return List.copyOf(rung);
    }

    List<Long> recordsThen() {
        return List.copyOf(recordsThen);
    }

    void clear() {
        rung.clear();
        recordsThen.clear();
    }

    @Override
    public void write64(long offset, long value) {
        if (offset != 0) {
            throw new AssertionError("rung at " + offset);
        }
        if (keeping) {
            rung.add(value);
            recordsThen.add(DoorbellRecord.load(record, 0));
        }
        device.accept(value);
    }

    @Override
    public long bytes() {
        return Long.BYTES;
    }

    @Override
    public int read32(long offset) {
        throw new AssertionError("a doorbell was read");
    }

    @Override
    public void write32(long offset, int value) {
        throw new AssertionError("a doorbell was written in halves");
    }

    @Override
    public long read64(long offset) {
        throw new AssertionError("a doorbell was read");
    }

    @Override
    public Mmio slice(long offset, long bytes) {
        throw new AssertionError("a doorbell was sliced");
    }
}
