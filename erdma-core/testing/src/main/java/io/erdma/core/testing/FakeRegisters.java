package io.erdma.core.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/** One BAR: plain little-endian memory that remembers the writes and answers some reads by script. Scripts run without a lock held. */
final class FakeRegisters {
    private final int bar;
    private final byte[] memory;
    private final Map<Long, LongSupplier> reads = new HashMap<>();
    private final Map<Long, LongConsumer> writes = new HashMap<>();
    private final List<MmioWrite> seen = new ArrayList<>();

    FakeRegisters(int bar, int bytes) {
        this.bar = bar;
        this.memory = new byte[bytes];
    }

    int bytes() { return memory.length; }

    long read(long offset, int size) {
        LongSupplier script = readScript(offset);
        long value = script == null ? peek(offset, size) : script.getAsLong();
        return size == Long.BYTES ? value : value & ((1L << (Byte.SIZE * size)) - 1);
    }

    void write(long offset, int size, long value) {
        LongConsumer script = record(new MmioWrite(bar, offset, size, value));
        if (script != null) {
            script.accept(value);
        }
    }

    private synchronized @Nullable LongConsumer record(MmioWrite write) {
        seen.add(write);
        poke(write.offset(), write.size(), write.value());
        return writes.get(write.offset());
    }

    synchronized long peek(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size && inside(offset + i); i++) {
            value |= (memory[(int) offset + i] & 0xFFL) << (Byte.SIZE * i);
        }
        return value;
    }

    synchronized void poke(long offset, int size, long value) {
        for (int i = 0; i < size && inside(offset + i); i++) {
            memory[(int) offset + i] = (byte) (value >>> (Byte.SIZE * i));
        }
    }

    private boolean inside(long offset) { return offset >= 0 && offset < memory.length; }

    private synchronized @Nullable LongSupplier readScript(long offset) { return reads.get(offset); }

    synchronized void onRead(long offset, LongSupplier script) { reads.put(offset, script); }

    synchronized void onWrite(long offset, LongConsumer script) { writes.put(offset, script); }

    synchronized List<MmioWrite> seen() { return List.copyOf(seen); }

    synchronized void forget() { seen.clear(); }
}
