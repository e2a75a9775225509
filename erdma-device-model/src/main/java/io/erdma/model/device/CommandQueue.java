package io.erdma.model.device;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.Aeqe;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.Limits;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The command SQ: takes commands in order, has each carried out, completes it (device-interface §5). A command is copied before it is looked at, so that the
 * host can't change it between check and use. Planned faults lose, delay or fail commands here.
 */
final class CommandQueue extends Work {
    private static final int ENTRY_BYTES = SqeHeader.WQEBB_BYTES;

    private final Session session;
    private final Ring ring;
    private final int depth;
    private final HostWord record;
    private final CommandProcessor processor;
    /** The command at hand. Native, so that decoding meets one kind of memory. */
    private final MemorySegment slot;
    private volatile int taken;
    private boolean stopped;
    private final List<Delayed> delayed = new ArrayList<>();
    private volatile boolean releasing;

    /** A command that is held back until so many others were taken. */
    private static final class Delayed {
        private final MemorySegment command;
        private final int index;
        private int others;

        Delayed(MemorySegment command, int index, int others) {
            this.command = command;
            this.index = index;
            this.others = others;
        }
    }

    CommandQueue(Session session, Ring ring, int depth, HostWord record) {
        this.session = session;
        this.ring = ring;
        this.depth = depth;
        this.record = record;
        this.processor = new CommandProcessor(session);
        this.slot = newSlot();
    }

    @SuppressWarnings("MustBeClosedChecker") // an automatic arena can't be closed
    private static MemorySegment newSlot() {
        return Arena.ofAuto().allocate(CommandHeader.COMMAND_BYTES, Long.BYTES);
    }

    Ring ring() {
        return ring;
    }

    /** Whether a depth in WQEBBs can be: a power of two that holds a command and fits 16-bit indices. */
    static boolean isDepth(int depth) {
        return depth >= CommandHeader.COMMAND_WQEBBS && depth <= 1 << Limits.LOG2_RECEIVE_WRS
                && Integer.bitCount(depth) == 1;
    }

    static Optional<Ring> openSends(DmaSpace space, long address, int depth) {
        return Ring.contiguous(space, address, (long) depth * ENTRY_BYTES, ENTRY_BYTES, false);
    }

    static Optional<Ring> openCompletions(DmaSpace space, long address, int depth) {
        return Ring.contiguous(space, address, (long) depth * CommandCqe.BYTES, CommandCqe.BYTES, true);
    }

    @Override
    int affinity() {
        return 0;
    }

    @Override
    boolean advances(int rung, int index) {
        int from = taken;
        int ahead = RingIndex.distance16(from, index);
        return ahead <= depth && ahead % CommandHeader.COMMAND_WQEBBS == 0 && ahead > RingIndex.distance16(from, rung);
    }

    @Override
    void pass(EngineContext context, int rung) {
        context.enter();
        try {
            if (releasing) {
                releasing = false;
                delayed.forEach(late -> late.others = 0);
                runDelayed(context);
            }
            while (taken != rung && !stopped && !session.closed()) {
                take(context);
                context.exit();
                context.enter();
            }
            if (!session.closed()) { // after RESET the host's memory is not read any more
                recover();
            }
        } catch (IllegalStateException e) {
            stop(context);
        } finally {
            context.exit();
        }
    }

    /** A doorbell that was lost is still in the record. */
    private void recover() {
        int index = CmdSqDoorbell.producerIndex(record.load());
        if (advances(taken, index)) {
            ring(index, false);
        }
    }

    private void take(EngineContext context) {
        int index = taken;
        long position = RingIndex.offset(index, depth, SqeHeader.WQEBB_SHIFT);
        boolean there = ring.fetch(position, ENTRY_BYTES);
        if (there) {
            // acquire: the header is written last
            CommandHeader.load(ring.segment(position), ring.offset(position));
            there = ring.copyOut(position, CommandHeader.COMMAND_BYTES, slot);
        }
        if (!there) {
            throw new IllegalStateException("command queue is gone");
        }
        taken = RingIndex.advance16(index, CommandHeader.COMMAND_WQEBBS);
        session.function().count(ModelCounter.COMMANDS);
        execute(context, slot, index);
    }

    private void execute(EngineContext context, MemorySegment command, int index) {
        long header = CommandHeader.load(command, 0);
        FaultAction fault = session.faults().planned()
                ? session.faults().at(FaultPoint.DEVICE_COMMAND,
                        (long) CommandHeader.subModule(header) << 8 | CommandHeader.opcode(header))
                : FaultAction.NONE;
        switch (fault) {
            case FaultAction.Drop() -> {}
            case FaultAction.Delay(int others) -> delay(command, index, others);
            case FaultAction.Syndrome(int syndrome) ->
                complete(context, header, index, CommandProcessor.Answer.refused(syndrome));
            default -> complete(context, header, index, processor.execute(context, command));
        }
        if (!(fault instanceof FaultAction.Delay)) {
            delayed.forEach(late -> late.others--);
            runDelayed(context);
        }
    }

    private void complete(EngineContext context, long header, int index, CommandProcessor.Answer answer) {
        if (session.closed()) {
            return;
        }
        CompletionQueue completions = session.commandCompletions();
        context.lease(completions);
        completions.completeCommand(
                context, CommandHeader.opcode(header), answer.syndrome(), index, answer.response().qword0(),
                answer.response().qword1());
        context.releaseLeases();
    }

    private void delay(MemorySegment command, int index, int others) {
        MemorySegment copy = newSlot();
        copy.copyFrom(command);
        delayed.add(new Delayed(copy, index, others < 1 ? Integer.MAX_VALUE : others));
    }

    private void runDelayed(EngineContext context) {
        for (Iterator<Delayed> all = delayed.iterator(); all.hasNext();) {
            Delayed late = all.next();
            if (late.others <= 0) {
                all.remove();
                complete(context, CommandHeader.load(late.command, 0), late.index,
                        processor.execute(context, late.command));
            }
        }
    }

    /** The fault plan was released: what is delayed is carried out. */
    void releaseDelayed() {
        releasing = true;
        session.execution().wake(this);
    }

    private void stop(EngineContext context) {
        stopped = true;
        session.function().count(ModelCounter.DMA_ERRORS);
        session.errorEvents().postError(context, Aeqe.OTHER, 0, 0, 0);
    }
}
