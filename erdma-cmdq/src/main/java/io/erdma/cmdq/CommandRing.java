package io.erdma.cmdq;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.Limits;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandHeader;
import org.jspecify.annotations.Nullable;

/**
 * The command SQ and who waits for which of its slots (kernel: {@code erdma_cmdq_sq_init}, {@code push_cmdq_sqe}). A slot holds one command; its number is
 * the cookie. A slot is taken again only when its command has completed, so a late completion can't be taken for another one's.
 *
 * <p>Guarded by the {@link CommandQueue}'s lock, but for {@link #ring()}.
 */
final class CommandRing implements AutoCloseable {
    private static final int WQEBB_SHIFT = 5;
    private static final int DEPTH = Limits.COMMAND_RING_DEPTH;

    private final DmaMemory memory;
    private final DmaMemory record;
    private final Mmio doorbell;
    private final @Nullable Waiter[] waiters = new Waiter[Limits.COMMANDS];
    private volatile int producerIndex;
    private int inFlight;

    private CommandRing(DmaMemory memory, DmaMemory record, Mmio doorbell) {
        this.memory = memory;
        this.record = record;
        this.doorbell = doorbell;
    }

    /** Allocates the ring and tells the device's registers of it. On failure nothing is held. */
    static CommandRing create(PciFunction function, Mmio bar, DmaPool records) {
        DmaMemory memory = function.allocateCoherent((long) DEPTH << WQEBB_SHIFT, 4096);
        try {
            CommandRing ring = new CommandRing(memory, records.allocate(), bar.slice(Registers.CMDQ_SQDB, Long.BYTES));
            bar.write32(Registers.CMDQ_SQ_ADDR_H, (int) (memory.deviceAddress() >>> 32));
            bar.write32(Registers.CMDQ_SQ_ADDR_L, (int) memory.deviceAddress());
            bar.write32(Registers.CMDQ_DEPTH, DEPTH);
            bar.write64(Registers.CMDQ_SQ_DB_HOST_ADDR, ring.record.deviceAddress());
            return ring;
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    boolean hasRoom() {
        return waiters[nextCookie()] == null;
    }

    private int nextCookie() {
        return RingIndex.slot(producerIndex, DEPTH) / CommandHeader.COMMAND_WQEBBS;
    }

    /** Puts a command into the next slot, which must be free: zeros, body, and the header that publishes them. */
    void push(Waiter waiter, CommandBody body) {
        int cookie = nextCookie();
        long offset = (long) cookie * CommandHeader.COMMAND_BYTES;
        memory.segment().asSlice(offset, CommandHeader.COMMAND_BYTES).fill((byte) 0);
        body.write(memory.segment(), offset);
        int next = RingIndex.advance16(producerIndex, CommandHeader.COMMAND_WQEBBS);
        CommandHeader.store(memory.segment(), offset, CommandHeader.of(waiter.opcode(), cookie, next));
        waiters[cookie] = waiter;
        inFlight++;
        producerIndex = next;
        DoorbellRecord.store(record.segment(), 0, CmdSqDoorbell.compose(next));
    }

    /**
     * Rings the doorbell with the newest index. Called without any lock, because an inline device runs interrupt handlers inside the write. Two threads may
     * ring at once; each rings an index that covers its own command, and a device ignores one that it has passed.
     */
    void ring() {
        doorbell.write64(0, CmdSqDoorbell.compose(producerIndex));
    }

    /** The waiter of the command that began at a WQEBB index as the device reports it, its slot freed; null if nobody waits there. */
    @Nullable
    Waiter takeWaiter(int wqebbIndex) {
        int slot = RingIndex.slot(wqebbIndex, DEPTH);
        long header = CommandHeader.load(memory.segment(), (long) slot << WQEBB_SHIFT);
        int cookie = CommandHeader.cookie(header);
        if (slot % CommandHeader.COMMAND_WQEBBS != 0 || cookie != slot / CommandHeader.COMMAND_WQEBBS) {
            return null;
        }
        Waiter waiter = waiters[cookie];
        if (waiter != null) {
            waiters[cookie] = null;
            inFlight--;
        }
        return waiter;
    }

    int inFlight() {
        return inFlight;
    }

    int producerIndex() {
        return producerIndex;
    }

    @Override
    public void close() {
        record.close();
        memory.close();
    }
}
