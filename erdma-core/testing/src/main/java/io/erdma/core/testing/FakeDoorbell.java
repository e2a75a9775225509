package io.erdma.core.testing;

import io.erdma.core.hal.Mmio;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** One doorbell of 64 bits that keeps what was rung, and what its record in host memory held at that moment. Any other access is an error. One thread. */
public final class FakeDoorbell implements Mmio {
    private static final ValueLayout.OfLong VALUE = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment record;
    private final List<Long> rung = new ArrayList<>();
    private final List<Long> recordsThen = new ArrayList<>();
    private LongConsumer device = _ -> {};
    private boolean keeping = true;

    /**
     * A doorbell that has not been rung.
     *
     * @param record 8 bytes
     */
    public FakeDoorbell(MemorySegment record) {
        this.record = record;
    }

    /** What the device does within the write. */
    public void onRing(LongConsumer newDevice) {
        device = newDevice;
    }

    /** Keeps nothing from now on, so that nothing is allocated. */
    public void forgetAll() {
        keeping = false;
    }

    /** The values that were written, the first one first. */
    public List<Long> rung() {
        return List.copyOf(rung);
    }

    /** What the record held at each of these writes. */
    public List<Long> recordsThen() {
        return List.copyOf(recordsThen);
    }

    /** Forgets what was kept. */
    public void clear() {
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
            recordsThen.add(record.get(VALUE, 0));
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
