package io.erdma.model.device;

import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.RingIndex;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A completion queue, polled and armed as the kernel does. */
final class TestCq {
    final TestHost host;
    final int cqn;
    final int log2Depth;
    final long ring;
    final long record;
    private final MemorySegment ringMemory;
    private final MemorySegment recordMemory;
    int index;
    int arms;
    int cmdsn;
    int page = DoorbellSpace.KERNEL_CQ_PAGE;

    /** What a CQE says. */
    record Completion(int opcode, int queueType, int syndrome, int wqeIndex, int qpn, int immediate, int invalidated,
            long bytes) {}

    TestCq(TestHost host, int cqn, int log2Depth) {
        this(host, cqn, log2Depth, host.memory.place((long) Cqe.BYTES << log2Depth, 4096), host.memory.place(8, 8));
    }

    TestCq(TestHost host, int cqn, int log2Depth, Place ring, Place record) {
        this.host = host;
        this.cqn = cqn;
        this.log2Depth = log2Depth;
        this.ring = ring.address();
        this.record = record.address();
        this.ringMemory = ring.memory();
        this.recordMemory = record.memory();
    }

    /** The next completion, or null. */
    Completion poll() {
        long offset = RingIndex.offset(index, 1 << log2Depth, Cqe.SHIFT);
        int header = Cqe.load(ringMemory, offset);
        if (!RingIndex.valid(Cqe.owner(header), index, 1 << log2Depth)) {
            return null;
        }
        index++;
        return new Completion(Cqe.opcode(header), Cqe.queueType(header), Cqe.syndrome(header),
                Cqe.wqeIndex(ringMemory, offset), Cqe.qpn(ringMemory, offset), Cqe.immediate(ringMemory, offset),
                Cqe.invalidatedKey(ringMemory, offset), Cqe.byteCount(ringMemory, offset));
    }

    List<Completion> pollAll() {
        List<Completion> all = new ArrayList<>();
        for (Completion next = poll(); next != null; next = poll()) {
            all.add(next);
        }
        return all;
    }

    /** Waits for one, of engine threads; they may need the processor. */
    Completion await() {
        Completion next = poll();
        while (next == null) {
            host.whileWaiting.run();
            next = poll();
        }
        return next;
    }

    void arm(boolean solicitedOnly) {
        ring(CqDoorbell.compose(arms++, cqn, true, solicitedOnly, cmdsn, index));
    }

    void ring(long value) {
        DoorbellRecord.store(recordMemory, 0, value);
        host.write64((long) page << 12, value);
    }

    /** Takes the event of this queue from its EQ, which must hold it. */
    boolean takeEvent() {
        int event = host.completionEvents.get(0).takeCompletion();
        if (event == cqn) {
            cmdsn++;
        }
        return event == cqn;
    }
}
