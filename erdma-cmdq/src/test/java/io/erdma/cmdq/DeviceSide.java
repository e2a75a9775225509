package io.erdma.cmdq;

import io.erdma.core.testing.FakeFunction;
import io.erdma.hw.Ceqe;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandResponse;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The device's end of the command queue, for tests: it takes commands when the doorbell is rung and completes them when the test says so, or at once when
 * {@link #answersAtOnce} is set.
 */
final class DeviceSide {
    static final int DEPTH = 512;

    final FakeFunction function;
    final Deque<Integer> taken = new ArrayDeque<>();
    final List<Long> headers = new ArrayList<>();
    boolean answersAtOnce;
    int syndrome;
    CommandResponse response = CommandResponse.NONE;
    private int consumed;
    private int completions;
    private int events;
    private boolean armed;

    DeviceSide(FakeFunction function) {
        this.function = function;
        function.onWrite(Registers.CMDQ_SQDB, this::doorbell);
        function.onWrite(Registers.CMDQ_CQDB, value -> armed |= CqDoorbell.arm(value));
    }

    private MemorySegment ring(int low, int high, int bytes) {
        return function.at(function.get32(low) & 0xFFFF_FFFFL | (long) function.get32(high) << 32, bytes);
    }

    private MemorySegment commands() { return ring(Registers.CMDQ_SQ_ADDR_L, Registers.CMDQ_SQ_ADDR_H, DEPTH * 32); }

    synchronized void doorbell(long value) {
        int behind = RingIndex.distance16(consumed, CmdSqDoorbell.producerIndex(value));
        if (behind > DEPTH) {
            return;
        }
        for (int left = behind; left > 0; left -= 4) {
            headers.add(CommandHeader.load(commands(), RingIndex.offset(consumed, DEPTH, 5)));
            taken.add(consumed & 0xFFFF);
            consumed = RingIndex.advance16(consumed, 4);
            if (answersAtOnce) {
                complete(taken.removeLast(), syndrome, response.qword0(), response.qword1());
            }
        }
    }

    MemorySegment command(int wqebb) { return commands().asSlice(RingIndex.offset(wqebb, DEPTH, 5), 128); }

    synchronized void complete(int wqebb, int status, long response0, long response1) {
        MemorySegment cqes = ring(Registers.CMDQ_CQ_ADDR_L, Registers.CMDQ_CQ_ADDR_H, DEPTH * 32);
        long at = RingIndex.offset(completions, DEPTH, 5);
        CommandCqe.setWqebbIndex(cqes, at, wqebb);
        CommandCqe.setResponse0(cqes, at, response0);
        CommandCqe.setResponse1(cqes, at, response1);
        CommandCqe.store(cqes, at, CommandCqe.compose(RingIndex.ownerBit(completions, DEPTH), 0, 2, status));
        completions++;
        if (armed) {
            armed = false;
            raiseEvent();
        }
    }

    synchronized void raiseEvent() {
        MemorySegment eqes = ring(Registers.CMDQ_EQ_ADDR_L, Registers.CMDQ_EQ_ADDR_H, 128 * 16);
        Ceqe.store(eqes, RingIndex.offset(events, 128, 4), Ceqe.compose(false, 0, RingIndex.ownerBit(events, 128), 0));
        events++;
        function.raise(0);
    }
}
