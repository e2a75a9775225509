package io.erdma.qp;

import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.SqeHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/** A send ring with its memory and doorbell, and the device's eye on it. */
final class SendQueue {
    static final int QPN = 0xABCDE;
    private static final byte UNTOUCHED = 0x5A;

    final int depth;
    final MemorySegment memory;
    final MemorySegment record;
    final FakeDoorbell doorbell;
    final SendRing ring;
    private final WorkCompletion completion = new WorkCompletion();

    private SendQueue(int depth, Set<RingOption> options) {
        Arena arena = Arena.ofAuto();
        this.depth = depth;
        this.memory = arena.allocate((long) depth << SqeHeader.WQEBB_SHIFT, 64);
        this.record = arena.allocate(DoorbellRecord.BYTES, 8);
        this.doorbell = new FakeDoorbell(record);
        this.ring = new SendRing(QPN, memory, record, doorbell, options);
        memory.fill(UNTOUCHED);
    }

    static SendQueue ofDepth(int depth, RingOption... options) {
        return new SendQueue(depth, Set.of(options));
    }

    /** Moves both indices on, one WQEBB at a time, and forgets the doorbells. */
    SendQueue at(int index) {
        while (ring.producerIndex() != index) {
            ring.postSend(new SendRequest());
            completeLast();
        }
        doorbell.clear();
        memory.fill(UNTOUCHED);
        return this;
    }

    /** Posts a request of so many WQEBBs, 1 … 4. */
    long postOne(int wqebbs) {
        return ring.postSend(request(wqebbs, 0));
    }

    /** Completes the request posted last, if it was of one WQEBB. */
    void completeLast() {
        if (!ring.completed(ring.producerIndex() - 1, completion)) {
            throw new AssertionError("not outstanding: " + (ring.producerIndex() - 1));
        }
    }

    /** A SEND of so many WQEBBs: 1 has one SGE, 2 … 4 have two to six. */
    static SendRequest request(int wqebbs, long wrId) {
        SendRequest request = new SendRequest();
        request.wrId = wrId;
        request.opcode = WrOpcode.SEND;
        request.flags = SendFlag.SIGNALED;
        if (wqebbs == 4) {
            request.opcode = WrOpcode.RDMA_WRITE; // 32 + 6 · 16
        }
        int sges = switch (wqebbs) {
            case 1 -> 1;
            case 2 -> 3;
            case 3 -> 5;
            default -> 6;
        };
        for (int i = 0; i < sges; i++) {
            request.addSge(0x1000L * (i + 1), 16 * (i + 1), 0x100 * (i + 1));
        }
        return request;
    }

    static SendRequest chain(SendRequest... requests) {
        for (int i = 1; i < requests.length; i++) {
            requests[i - 1].next = requests[i];
        }
        return requests[0];
    }

    /** The entry that begins at an index, in one piece. */
    MemorySegment entry(int index) {
        MemorySegment piece = MemorySegment
                .ofArray(new long[SqeHeader.MAX_WQEBBS * SqeHeader.WQEBB_BYTES / Long.BYTES]);
        for (int i = 0; i < SqeHeader.MAX_WQEBBS; i++) {
            long slot = (index + i) & (depth - 1);
            MemorySegment.copy(memory, slot << SqeHeader.WQEBB_SHIFT, piece, (long) i << SqeHeader.WQEBB_SHIFT,
                    SqeHeader.WQEBB_BYTES);
        }
        return piece;
    }

    /** All bytes of the ring. */
    byte[] bytes() {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    static int taken(long result) {
        return PostResult.taken(result);
    }
}
