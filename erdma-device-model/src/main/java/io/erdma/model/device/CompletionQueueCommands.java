package io.erdma.model.device;

import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DestroyCq;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** CREATE_CQ, DESTROY_CQ. */
final class CompletionQueueCommands {
    private final Session session;
    private final QueueMemory queueMemory;

    CompletionQueueCommands(Session session) {
        this.session = session;
        this.queueMemory = session.queueMemory();
    }

    CommandResponse create(MemorySegment command) {
        int cqn = CreateCq.cqn(command, 0);
        int log2Depth = CreateCq.log2Depth(command, 0);
        int eqn = CreateCq.eqn(command, 0);
        long record = CreateCq.doorbellRecord(command, 0);
        Refusal.unless(cqn >= 1 && cqn < session.spec().maxCqs(), "CQN", cqn);
        Refusal.unless(session.completionQueue(cqn) == null, "there is a CQ", cqn);
        Refusal.unless(log2Depth <= session.spec().maxCqeLog2(), "log2 of the CQ depth", log2Depth);
        EventQueue events = session.completionEvents(eqn);
        if (events == null) {
            throw new Refusal("no EQ " + eqn);
        }
        Refusal.unless(HostWord.isUsable(session.space(), record), "doorbell record at", record);
        DoorbellPages.@Nullable Owner owner = owner(command);
        int depth = 1 << log2Depth;
        Ring ring = ring(command, (long) depth << Cqe.SHIFT);
        CompletionQueue queue = new CompletionQueue(session, cqn, ring, depth, session.space(), record, events,
                page(owner));
        queue.bind(owner);
        events.addUsers(1);
        queueMemory.keep(ring);
        session.completionQueues().setRelease(cqn, queue);
        return CommandResponse.NONE;
    }

    /** Level 0 means one page, level 1 a table. */
    private Ring ring(MemorySegment command, long bytes) {
        int level = CreateCq.mttLevel(command, 0);
        int entries = CreateCq.mttEntries(command, 0);
        Refusal.unless(level == 1 || entries == 1, "MTT entries at level 0:", entries);
        long address = CreateCq.bufferAddress(command, 0);
        long[] pages = level == 0 ? new long[]{ address } : queueMemory.table(address, entries);
        return queueMemory.ring(pages, CreateCq.pageShift(command, 0), CreateCq.pageOffset(command, 0), bytes,
                Cqe.BYTES, true);
    }

    private DoorbellPages.@Nullable Owner owner(MemorySegment command) {
        if (!CreateCq.extendedDoorbell(command, 0)) {
            return null;
        }
        Refusal.unless(session.spec().extendedDoorbells(), "doorbell page without the capability:",
                CreateCq.doorbellPage(command, 0));
        Optional<DoorbellPages.Owner> owner = session.pages().owner(CreateCq.doorbellPage(command, 0));
        return owner.orElseThrow(() -> new Refusal("nobody owns doorbell page " + CreateCq.doorbellPage(command, 0)));
    }

    private int page(DoorbellPages.@Nullable Owner owner) {
        if (owner != null) {
            return owner.completionPage();
        }
        return session.spec().extendedDoorbells() ? DoorbellSpace.KERNEL_CQ_PAGE : DoorbellPages.ANY;
    }

    CommandResponse destroy(EngineContext context, MemorySegment command) {
        int cqn = DestroyCq.cqn(command, 0);
        CompletionQueue queue = session.completionQueue(cqn);
        if (queue == null) {
            throw new Refusal("no CQ " + cqn);
        }
        Refusal.unless(queue.users() == 0, "CQ is used by QPs:", queue.users());
        session.completionQueues().set(cqn, null);
        queue.close();
        queue.bind(null);
        context.quiesce();
        queueMemory.release(queue.ring());
        queue.events().addUsers(-1);
        queue.events().forget(context, true, cqn);
        session.errorEvents().forget(context, true, cqn);
        return CommandResponse.NONE;
    }
}
