package io.erdma.eq;

import io.erdma.core.testing.FakeFunction;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import io.erdma.hw.RingIndex;
import java.lang.foreign.MemorySegment;

/** The device's end of an event ring, for tests: it produces entries as device-interface §9 says. */
final class DeviceSideRing {
    private final MemorySegment ring;
    private final int depth;
    private int producerIndex;

    DeviceSideRing(FakeFunction function, long address, int depth) {
        this.ring = function.at(address, (long) depth * Aeqe.BYTES);
        this.depth = depth;
    }

    void completion(int cqn) {
        long at = RingIndex.offset(producerIndex, depth, Aeqe.SHIFT);
        Ceqe.store(ring, at, Ceqe.compose(false, 0, RingIndex.ownerBit(producerIndex, depth), cqn));
        producerIndex++;
    }

    void async(int type, int number) {
        long at = RingIndex.offset(producerIndex, depth, Aeqe.SHIFT);
        Aeqe.setData0(ring, at, number);
        Aeqe.store(ring, at, Aeqe.compose(RingIndex.ownerBit(producerIndex, depth), type, 0));
        producerIndex++;
    }
}
