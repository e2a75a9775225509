package io.erdma.eq;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.Aeqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.RingIndex;
import java.lang.foreign.MemorySegment;

/**
 * The ring that every event queue is: entries of 16 bytes with an owner bit, a doorbell record and a doorbell (kernel: {@code
 * get_next_valid_eqe}, {@code notify_eq}; device-interface §4, §9).
 *
 * <p>One thread at a time consumes it: the handler of its vector. {@link #consumerIndex()} may be read by any thread.
 */
public final class EventRing implements AutoCloseable {
    /** {@link #poll()}: nothing there. */
    public static final long EMPTY = -1;

    private final int depth;
    private final DmaMemory memory;
    private final DmaMemory record;
    private final Mmio doorbell;
    private final MemorySegment entries;
    /** Runs free in 16 bits. Written by the consumer alone. */
    private volatile int consumerIndex;

    private EventRing(int depth, DmaMemory memory, DmaMemory record, Mmio doorbell) {
        this.depth = depth;
        this.memory = memory;
        this.record = record;
        this.doorbell = doorbell;
        this.entries = memory.segment();
    }

    /**
     * Allocates a ring. On failure nothing is held.
     *
     * @param depth entries, a power of two up to 2¹⁵
     * @param records pool of 8-byte records
     * @param doorbell the 8 bytes of the queue's doorbell register
     * @throws io.erdma.core.errno.ErrnoException ENOMEM
     * @throws IllegalArgumentException for another depth
     */
    public static EventRing create(PciFunction function, DmaPool records, int depth, Mmio doorbell) {
        if (depth < 1 || depth > 1 << 15 || Integer.bitCount(depth) != 1) {
            throw new IllegalArgumentException("event queue of " + depth + " entries");
        }
        DmaMemory memory = function.allocateCoherent((long) depth << Aeqe.SHIFT, 4096);
        try {
            return new EventRing(depth, memory, records.allocate(), doorbell);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /** Number of entries. */
    public int depth() {
        return depth;
    }

    /** Device address of the entries. */
    public long deviceAddress() {
        return memory.deviceAddress();
    }

    /** Device address of the doorbell record. */
    public long recordAddress() {
        return record.deviceAddress();
    }

    /** How many entries were taken, modulo 2¹⁶. */
    public int consumerIndex() {
        return consumerIndex;
    }

    /** The entries, for the offsets that {@link #poll()} returns. */
    public MemorySegment entries() {
        return entries;
    }

    /** Takes the next entry: its offset, or {@link #EMPTY}. What the device stored before it is visible then. */
    public long poll() {
        int index = consumerIndex;
        long offset = RingIndex.offset(index, depth, Aeqe.SHIFT);
        if (!RingIndex.valid(Aeqe.owner(Aeqe.load(entries, offset)), index, depth)) {
            return EMPTY;
        }
        consumerIndex = RingIndex.advance16(index, 1);
        return offset;
    }

    /** Tells the device what was taken and arms it: record first, then the register. */
    public void ring() {
        long value = EqDoorbell.compose(true, consumerIndex);
        DoorbellRecord.store(record.segment(), 0, value);
        doorbell.write64(0, value);
    }

    /** Frees ring and record. The device must not know them any more. Idempotent. */
    @Override
    public void close() {
        record.close();
        memory.close();
    }
}
