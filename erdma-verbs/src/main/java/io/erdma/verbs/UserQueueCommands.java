package io.erdma.verbs;

import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.verbs.memory.PageList;
import java.lang.foreign.MemorySegment;

/** Fills in CREATE_CQ and CREATE_QP for queues in a user program's memory; fields that the case does not define stay 0 (device-interface §5.1). */
final class UserQueueCommands {
    private UserQueueCommands() {}

    /** A CQ. */
    static CommandBody createCq(int cqn, int vector, UserQueues.ForCq queue, UserDoorbells doorbells) {
        PageList pages = queue.ring().pages();
        return (slot, at) -> {
            CreateCq.setLog2Depth(slot, at, Integer.numberOfTrailingZeros(queue.depth()));
            CreateCq.setPageShift(slot, at, pages.pageShift());
            CreateCq.setCqn(slot, at, cqn);
            CreateCq.setBufferAddress(slot, at, pages.address());
            CreateCq.setMttEntries(slot, at, (int) pages.entries());
            CreateCq.setMttLevel(slot, at, pages.level());
            CreateCq.setEqn(slot, at, vector + 1);
            CreateCq.setDoorbellRecord(slot, at, queue.record());
            CreateCq.setPageOffset(slot, at, queue.ring().offset());
            doorbells.bindCq(slot, at);
        };
    }

    /** A QP. */
    static CommandBody createQp(int qpn, int pdn, int sendCqn, int receiveCqn, UserQueues.ForQp queues,
            UserDoorbells doorbells) {
        return (slot, at) -> {
            CreateQp.setQpn(slot, at, qpn);
            CreateQp.setPd(slot, at, pdn);
            CreateQp.setSqCqn(slot, at, sendCqn);
            CreateQp.setRqCqn(slot, at, receiveCqn);
            send(slot, at, queues.sendDepth(), queues.send());
            receive(slot, at, queues.receiveDepth(), queues.receive());
            CreateQp.setSqDoorbellRecord(slot, at, queues.record());
            CreateQp.setRqDoorbellRecord(slot, at, queues.receiveRecord());
            CreateQp.setQpType(slot, at, CreateQp.TYPE_RC);
            doorbells.bindQp(slot, at);
        };
    }

    private static void send(MemorySegment slot, long at, int depth, UserQueueMemory memory) {
        PageList pages = memory.pages();
        CreateQp.setLog2SqDepth(slot, at, Integer.numberOfTrailingZeros(depth));
        CreateQp.setSqPageShift(slot, at, pages.pageShift());
        CreateQp.setSqBufferAddress(slot, at, pages.address());
        CreateQp.setSqPageOffset(slot, at, memory.offset());
        CreateQp.setSqMttEntries(slot, at, (int) pages.entries());
        CreateQp.setSqMttLevel(slot, at, pages.level());
        for (int i = 1; pages.level() == 0 && i < pages.entries(); i++) {
            CreateQp.setSqMtt(slot, at, i, pages.inCommand(i));
        }
    }

    private static void receive(MemorySegment slot, long at, int depth, UserQueueMemory memory) {
        PageList pages = memory.pages();
        CreateQp.setLog2RqDepth(slot, at, Integer.numberOfTrailingZeros(depth));
        CreateQp.setRqPageShift(slot, at, pages.pageShift());
        CreateQp.setRqBufferAddress(slot, at, pages.address());
        CreateQp.setRqPageOffset(slot, at, memory.offset());
        CreateQp.setRqMttEntries(slot, at, (int) pages.entries());
        CreateQp.setRqMttLevel(slot, at, pages.level());
        for (int i = 1; pages.level() == 0 && i < pages.entries(); i++) {
            CreateQp.setRqMtt(slot, at, i, pages.inCommand(i));
        }
    }
}
