package io.erdma.cmdq;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Limits;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandCqe;
import java.lang.foreign.MemorySegment;

/** The command CQ (kernel: {@code erdma_cmdq_cq_init}, {@code get_next_valid_cmdq_cqe}, {@code arm_cmdq_cq}). Guarded by the queue's lock. */
final class CommandCompletionRing implements AutoCloseable {
    static final long EMPTY = -1;

    private static final int DEPTH = Limits.COMMAND_RING_DEPTH;

    private final DmaMemory memory;
    private final DmaMemory record;
    private final Mmio doorbell;
    private int consumerIndex;
    /** Counts the events taken; on this CQ it is CMDSN and IDX at once. */
    private int events;

    private CommandCompletionRing(DmaMemory memory, DmaMemory record, Mmio doorbell) {
        this.memory = memory;
        this.record = record;
        this.doorbell = doorbell;
    }

    /** Allocates the ring and tells the device's registers of it. On failure nothing is held. */
    static CommandCompletionRing create(PciFunction function, Mmio bar, DmaPool records) {
        DmaMemory memory = function.allocateCoherent((long) DEPTH << CommandCqe.SHIFT, 4096);
        try {
            CommandCompletionRing ring = new CommandCompletionRing(memory, records.allocate(),
                    bar.slice(Registers.CMDQ_CQDB, Long.BYTES));
            bar.write32(Registers.CMDQ_CQ_ADDR_H, (int) (memory.deviceAddress() >>> 32));
            bar.write32(Registers.CMDQ_CQ_ADDR_L, (int) memory.deviceAddress());
            bar.write64(Registers.CMDQ_CQ_DB_HOST_ADDR, ring.record.deviceAddress());
            return ring;
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    MemorySegment entries() {
        return memory.segment();
    }

    /** Takes the next completion: its offset, or {@link #EMPTY}. */
    long poll() {
        long offset = RingIndex.offset(consumerIndex, DEPTH, CommandCqe.SHIFT);
        int header = CommandCqe.load(memory.segment(), offset);
        if (!RingIndex.valid(CommandCqe.owner(header), consumerIndex, DEPTH)) {
            return EMPTY;
        }
        consumerIndex++;
        return offset;
    }

    void eventTaken() {
        events++;
    }

    /** The doorbell value that arms the CQ now; stored in the record. The caller writes it to the register, without the lock. */
    long prepareArm() {
        long value = CqDoorbell.compose(events, 0, true, false, events, consumerIndex);
        DoorbellRecord.store(record.segment(), 0, value);
        return value;
    }

    void ring(long value) {
        doorbell.write64(0, value);
    }

    int consumerIndex() {
        return consumerIndex;
    }

    @Override
    public void close() {
        record.close();
        memory.close();
    }
}
