package io.erdma.model.device;

import io.erdma.core.fault.FaultPoint;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import org.jspecify.annotations.Nullable;

/** The doorbells of BAR 0 (device-interface §2, §3): each leads to its queue, if there is one and the page is its own. Any thread. */
final class Doorbells {
    private final ErdmaFunction function;
    private final Execution execution;
    private final Faults faults;

    Doorbells(ErdmaFunction function, Execution execution, Faults faults) {
        this.function = function;
        this.execution = execution;
        this.faults = faults;
    }

    /**
     * A write into a doorbell page. The number in the value decides, never the offset in the page.
     *
     * @param whole whether it is one aligned write of 64 bits; others say nothing
     */
    void ringPage(@Nullable Session current, int page, boolean whole, long value) {
        if (!whole || current == null) {
            function.count(whole ? ModelCounter.FOREIGN_DOORBELLS : ModelCounter.UNKNOWN_ACCESSES);
            return;
        }
        switch (current.pages().kind(page)) {
            case DoorbellPages.SEND -> ringSend(current, page, value);
            case DoorbellPages.RECEIVE -> ringReceive(current, page, value);
            case DoorbellPages.COMPLETION -> ringCompletion(current, page, value);
            default -> function.count(ModelCounter.FOREIGN_DOORBELLS);
        }
    }

    private void ringSend(Session current, int page, long value) {
        int qpn = SqDoorbell.qpn(value);
        QueuePair qp = current.queuePair(qpn);
        if (qp == null || isForeign(qp.sendDoorbellPage(), page)) {
            function.count(ModelCounter.FOREIGN_DOORBELLS);
            return;
        }
        if (faults.drops(FaultPoint.DEVICE_DOORBELL, qpn)) {
            return;
        }
        int index = SqDoorbell.producerIndex(value);
        if (!qp.sends().isPlausible(index)) {
            function.count(ModelCounter.IGNORED_DOORBELLS);
            return;
        }
        execution.ring(qp.sends(), index);
    }

    private void ringReceive(Session current, int page, long value) {
        int qpn = RqDoorbell.qpn(value);
        QueuePair qp = current.queuePair(qpn);
        if (qp == null || isForeign(qp.receiveDoorbellPage(), page)) {
            function.count(ModelCounter.FOREIGN_DOORBELLS);
            return;
        }
        if (faults.drops(FaultPoint.DEVICE_DOORBELL, qpn)) {
            return;
        }
        if (!qp.receives().ring(RqDoorbell.producerIndex(value))) {
            function.count(ModelCounter.IGNORED_DOORBELLS);
            return;
        }
        if (qp.isFlushing()) {
            qp.wakeSends();
        }
        if (qp.receives().awaited()) {
            qp.receives().setAwaited(false);
            qp.wakePeer();
        }
    }

    private void ringCompletion(Session current, int page, long value) {
        int cqn = CqDoorbell.cqn(value);
        CompletionQueue queue = current.completionQueue(cqn);
        if (queue == null || isForeign(queue.doorbellPage(), page)) {
            function.count(ModelCounter.FOREIGN_DOORBELLS);
            return;
        }
        if (!faults.drops(FaultPoint.DEVICE_DOORBELL, cqn)) {
            arm(queue, value);
        }
    }

    private static boolean isForeign(int ownPage, int page) {
        return ownPage != page && ownPage != DoorbellPages.ANY;
    }

    private void arm(CompletionQueue queue, long value) {
        EngineContext context = execution.context();
        context.enter();
        queue.ring(context, value);
        context.exit();
        context.settle();
    }

    /** Whether a register is a doorbell: of the AEQ, a completion EQ, the command SQ or CQ. */
    static boolean isRegister(int offset) {
        return offset == Registers.AEQ_DB || offset == Registers.CMDQ_SQDB || offset == Registers.CMDQ_CQDB
                || (offset >= Registers.CEQ_DB && offset < Registers.ceqDoorbell(PciIds.MAX_VECTORS));
    }

    /** A write of 64 bits to such a register. */
    void ringRegister(@Nullable Session current, int offset, long value) {
        if (current == null) {
            function.count(ModelCounter.FOREIGN_DOORBELLS);
            return;
        }
        switch (offset) {
            case Registers.CMDQ_SQDB -> execution.command(current.commands(), CmdSqDoorbell.producerIndex(value));
            case Registers.CMDQ_CQDB -> arm(current.commandCompletions(), value);
            case Registers.AEQ_DB -> ringEvents(current.errorEvents(), value);
            default -> {
                int eqn = (offset - Registers.CEQ_DB) >> Registers.CEQ_DB_SHIFT;
                ringEvents(eqn == 0 ? current.commandEvents() : current.completionEvents(eqn), value);
            }
        }
    }

    private void ringEvents(@Nullable EventQueue queue, long value) {
        if (queue == null) {
            function.count(ModelCounter.FOREIGN_DOORBELLS);
            return;
        }
        EngineContext context = execution.context();
        context.enter();
        queue.ring(context, value);
        context.exit();
        context.settle();
    }
}
