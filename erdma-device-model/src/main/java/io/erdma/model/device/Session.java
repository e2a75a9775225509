package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.Aeqe;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.spec.FunctionSpec;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** All that exists between INIT and RESET: the command queue and its EQ, the AEQ, and the objects that commands have made. Tables are indexed by number. */
final class Session {
    private static final int SMALLEST_MTU = 256;
    private static final int DEFAULT_MTU = 1500;
    /** IPv4, TCP and MPA framing in a packet. */
    private static final int HEADER_BYTES = 60;

    private final ErdmaFunction function;
    private final FunctionSpec spec;
    private final DmaSpace space;
    private final Faults faults;
    private final FunctionSite site;
    private final Execution execution;
    private final EventQueue errorEvents;
    private final EventQueue commandEvents;
    private final CompletionQueue commandCompletions;
    private final CommandQueue commands;
    private final AtomicReferenceArray<@Nullable EventQueue> completionEvents = new AtomicReferenceArray<>(
            PciIds.MAX_VECTORS);
    private final AtomicReferenceArray<@Nullable CompletionQueue> completionQueues;
    private final AtomicReferenceArray<@Nullable QueuePair> queuePairs;
    private final MemoryTable memory;
    private final QueueMemory queueMemory;
    private final DoorbellPages pages;
    private final Statistics statistics = new Statistics();
    private volatile boolean closed;
    private volatile int mtu = DEFAULT_MTU;

    /** The queues that the registers name. */
    private record Queues(
            EventQueue errorEvents, EventQueue commandEvents, Ring commandSends, Ring commandCompletions, int depth,
            long sendRecord,
            long completionRecord) {}

    private Session(ErdmaFunction function, DmaSpace space, Queues queues) {
        this.function = function;
        this.spec = function.spec();
        this.space = space;
        this.faults = function.faults();
        this.site = function.site();
        this.execution = function.execution();
        this.errorEvents = queues.errorEvents;
        this.commandEvents = queues.commandEvents;
        this.commandCompletions = new CompletionQueue(
                this, 0, queues.commandCompletions, queues.depth, space, queues.completionRecord, commandEvents,
                DoorbellPages.ANY);
        this.completionQueues = new AtomicReferenceArray<>(spec.maxCqs());
        this.queuePairs = new AtomicReferenceArray<>(spec.maxQps());
        this.memory = new MemoryTable(space, spec.maxMrs(), spec.localDmaKey());
        this.queueMemory = new QueueMemory(space);
        this.pages = new DoorbellPages(spec.barBytes());
        this.commands = new CommandQueue(this, queues.commandSends, queues.depth,
                new HostWord(space, queues.sendRecord));
    }

    /** Takes the queues of the registers into use; empty if one of them can't be. Inside. */
    static Optional<Session> open(ErdmaFunction function, RegisterFile registers, DmaSpace space) {
        int depth = registers.get32(Registers.CMDQ_DEPTH);
        long sendRecord = registers.get64(Registers.CMDQ_SQ_DB_HOST_ADDR);
        long completionRecord = registers.get64(Registers.CMDQ_CQ_DB_HOST_ADDR);
        Optional<EventQueue> errors = EventQueue.open(function, space, registers.get64(Registers.AEQ_ADDR_L),
                registers.get32(Registers.AEQ_DEPTH), registers.get64(Registers.AEQ_DB_HOST_ADDR),
                PciIds.COMMON_VECTOR);
        Optional<EventQueue> events = EventQueue.open(function, space, registers.get64(Registers.CMDQ_EQ_ADDR_L),
                registers.get32(Registers.CMDQ_EQ_DEPTH), registers.get64(Registers.CMDQ_EQ_DB_HOST_ADDR),
                PciIds.COMMON_VECTOR);
        if (errors.isEmpty() || events.isEmpty() || !CommandQueue.isDepth(depth)
                || !HostWord.isUsable(space, sendRecord)
                || !HostWord.isUsable(space, completionRecord)) {
            return Optional.empty();
        }
        Optional<Ring> sends = CommandQueue.openSends(space, registers.get64(Registers.CMDQ_SQ_ADDR_L), depth);
        Optional<Ring> completions = CommandQueue.openCompletions(space, registers.get64(Registers.CMDQ_CQ_ADDR_L),
                depth);
        if (sends.isEmpty() || completions.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Session(function, space, new Queues(
                errors.get(), events.get(), sends.get(), completions.get(), depth, sendRecord, completionRecord)));
    }

    /** Drops everything. No engine begins anything with it any more; a grace period must follow. */
    void close() {
        closed = true;
        commandCompletions.close();
        errorEvents.close();
        commandEvents.close();
        for (int i = 0; i < completionEvents.length(); i++) {
            EventQueue queue = completionEvents.get(i);
            if (queue != null) {
                queue.close();
            }
        }
        for (int i = 0; i < completionQueues.length(); i++) {
            CompletionQueue queue = completionQueues.get(i);
            if (queue != null) {
                queue.close();
            }
        }
        for (int i = 0; i < queuePairs.length(); i++) {
            QueuePair qp = queuePairs.get(i);
            if (qp != null) {
                qp.discard();
            }
        }
        for (int i = 0; i < memory.size(); i++) {
            MemoryRegion region = memory.at(i);
            if (region != MemoryRegion.NONE) {
                region.invalidate();
            }
        }
    }

    boolean closed() {
        return closed;
    }

    ErdmaFunction function() {
        return function;
    }

    FunctionSpec spec() {
        return spec;
    }

    DmaSpace space() {
        return space;
    }

    Faults faults() {
        return faults;
    }

    FunctionSite site() {
        return site;
    }

    Execution execution() {
        return execution;
    }

    EventQueue errorEvents() {
        return errorEvents;
    }

    EventQueue commandEvents() {
        return commandEvents;
    }

    CompletionQueue commandCompletions() {
        return commandCompletions;
    }

    CommandQueue commands() {
        return commands;
    }

    AtomicReferenceArray<@Nullable EventQueue> completionEvents() {
        return completionEvents;
    }

    AtomicReferenceArray<@Nullable CompletionQueue> completionQueues() {
        return completionQueues;
    }

    AtomicReferenceArray<@Nullable QueuePair> queuePairs() {
        return queuePairs;
    }

    /** The QP of a number, or null. */
    @Nullable
    QueuePair queuePair(int qpn) {
        return qpn >= 0 && qpn < queuePairs.length() ? queuePairs.getAcquire(qpn) : null;
    }

    /** The CQ of a number, or null. */
    @Nullable
    CompletionQueue completionQueue(int cqn) {
        return cqn >= 0 && cqn < completionQueues.length() ? completionQueues.getAcquire(cqn) : null;
    }

    /** The completion EQ of a number, or null. */
    @Nullable
    EventQueue completionEvents(int eqn) {
        return eqn >= 0 && eqn < completionEvents.length() ? completionEvents.getAcquire(eqn) : null;
    }

    MemoryTable memory() {
        return memory;
    }

    /** Used by commands. */
    QueueMemory queueMemory() {
        return queueMemory;
    }

    DoorbellPages pages() {
        return pages;
    }

    Statistics statistics() {
        return statistics;
    }

    /** A message of ours that a meter dropped: {@link FlowPolicy#OVER_BITS} or {@link FlowPolicy#OVER_PACKETS}. */
    void countMeterDrop(int verdict) {
        statistics.add(
                verdict == FlowPolicy.OVER_BITS ? StatCounter.TX_BPS_LIMIT_DROPS : StatCounter.TX_PPS_LIMIT_DROPS, 1);
    }

    /** As {@link #countMeterDrop}, of a message to us. */
    void countReceivedMeterDrop(int verdict) {
        statistics.add(
                verdict == FlowPolicy.OVER_BITS ? StatCounter.RX_BPS_LIMIT_DROPS : StatCounter.RX_PPS_LIMIT_DROPS, 1);
    }

    /** A message that a flow rule dropped. */
    void countDenied() {
        statistics.add(StatCounter.TX_DISABLE_DROPS, 1);
    }

    void setMtu(int bytes) {
        mtu = Math.max(SMALLEST_MTU, bytes);
    }

    /** Bytes of a message in one packet. */
    int payloadBytes() {
        return mtu - HEADER_BYTES;
    }

    /** The traffic up to now. */
    Statistics traffic() {
        Statistics now = new Statistics();
        now.add(statistics);
        for (int i = 0; i < queuePairs.length(); i++) {
            QueuePair qp = queuePairs.get(i);
            if (qp != null) {
                now.add(qp);
            }
        }
        return now;
    }

    /** A completion queue is full, or its memory is gone: an event, and its QPs are in error. Inside. */
    void completionQueueFailed(EngineContext context, CompletionQueue queue) {
        if (queue == commandCompletions) {
            errorEvents.postError(context, Aeqe.OTHER, 0, 0, 0);
            return;
        }
        errorEvents.postError(context, Aeqe.CQ_ERROR, 0, queue.cqn(), 0);
        for (int i = 0; i < queuePairs.length(); i++) {
            QueuePair qp = queuePairs.get(i);
            if (qp != null && (qp.sends().completions() == queue || qp.receives().completions() == queue)) {
                qp.fail(context, Aeqe.QP_FATAL, 0);
            }
        }
    }

    /** The fault plan was released: engines that it held go on. */
    void release() {
        for (int i = 0; i < queuePairs.length(); i++) {
            QueuePair qp = queuePairs.get(i);
            if (qp != null && qp.isHeld()) {
                qp.setHeld(false);
                qp.wakeSends();
                qp.wakePeer();
            }
        }
        commands.releaseDelayed();
    }
}
