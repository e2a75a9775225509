package io.erdma.cq;

import io.erdma.core.testing.FakeDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.RingIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A CQ as the device has it: writes entries, and hears its doorbell. */
final class DeviceSide {
    final int depth;
    final MemorySegment memory;
    final MemorySegment record;
    final FakeDoorbell doorbell;
    private int producerIndex;

    DeviceSide(int depth) {
        Arena arena = Arena.ofAuto();
        this.depth = depth;
        this.memory = arena.allocate((long) depth * Cqe.BYTES, 8);
        this.record = arena.allocate(8, 8);
        this.doorbell = new FakeDoorbell(record);
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
}
