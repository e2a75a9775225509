package io.erdma.model.device;

import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.RingIndex;
import java.util.ArrayList;
import java.util.List;

/** A completion queue, polled and armed as the kernel does. */
final class TestCq {
    final TestHost host;
    final int cqn;
    final int log2Depth;
    final long ring;
    final long record;
    int index;
    int arms;
    int cmdsn;
    int page = DoorbellSpace.KERNEL_CQ_PAGE;

    /** What a CQE says. */
    record Completion(int opcode, int queueType, int syndrome, int wqeIndex, int qpn, int immediate, int invalidated,
            long bytes) {}

    TestCq(TestHost host, int cqn, int log2Depth) {
        this.host = host;
        this.cqn = cqn;
        this.log2Depth = log2Depth;
        this.ring = host.memory.take((long) Cqe.BYTES << log2Depth, 4096);
        this.record = host.memory.take(8, 8);
    }

    /** The next completion, or null. */
    Completion poll() {
        long offset = HostMemoryArea.at(ring) + RingIndex.offset(index, 1 << log2Depth, Cqe.SHIFT);
        int header = Cqe.load(host.all(), offset);
        if (!RingIndex.valid(Cqe.owner(header), index, 1 << log2Depth)) {
            return null;
        }
        index++;
        return new Completion(Cqe.opcode(header), Cqe.queueType(header), Cqe.syndrome(header),
                Cqe.wqeIndex(host.all(), offset),
                Cqe.qpn(host.all(), offset), Cqe.immediate(host.all(), offset), Cqe.invalidatedKey(host.all(), offset),
                Cqe.byteCount(host.all(), offset));
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
            Thread.yield();
            next = poll();
        }
        return next;
    }

    void arm(boolean solicitedOnly) {
        ring(CqDoorbell.compose(arms++, cqn, true, solicitedOnly, cmdsn, index));
    }

    void ring(long value) {
        DoorbellRecord.store(host.all(), HostMemoryArea.at(record), value);
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
