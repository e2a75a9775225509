package io.erdma.cq;

import io.erdma.core.hal.Mmio;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.RingIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A CQ as the device has it: writes entries, and keeps what was rung. */
final class DeviceSide implements Mmio {
    final int depth;
    final MemorySegment memory;
    final MemorySegment record;
    private final List<Long> rung = new ArrayList<>();
    private final List<Long> recordsThen = new ArrayList<>();
    private Runnable onRing = () -> {};
    private int producerIndex;
    private boolean keeping = true;

    DeviceSide(int depth) {
        Arena arena = Arena.ofAuto();
        this.depth = depth;
        this.memory = arena.allocate((long) depth * Cqe.BYTES, 8);
        this.record = arena.allocate(8, 8);
    }

    /** The entry that {@link #complete} will write next; its body may be filled in. */
    long nextEntry() {
        return RingIndex.offset(producerIndex, depth, Cqe.SHIFT);
    }

    void complete(int qpn, int queueType, int opcode, int syndrome, int wqeIndex, long byteCount) {
        long cqe = nextEntry();
        Cqe.setQpn(memory, cqe, qpn);
        Cqe.setWqeIndex(memory, cqe, wqeIndex);
        Cqe.setByteCount(memory, cqe, byteCount);
        Cqe.store(memory, cqe, Cqe.compose(RingIndex.ownerBit(producerIndex, depth), opcode, queueType, syndrome));
        producerIndex++;
    }

    void onRing(Runnable device) {
        onRing = device;
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

    @Override
    public void write64(long offset, long value) {
        if (offset != 0) {
            throw new AssertionError("rung at " + offset);
        }
        if (keeping) {
            rung.add(value);
            recordsThen.add(DoorbellRecord.load(record, 0));
        }
        onRing.run();
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
