package io.erdma.model.device;

import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Limits;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.CreateQpResponse;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** CREATE_QP, MODIFY_QP, REFLUSH, DESTROY_QP of an iWARP function. */
final class QueuePairCommands {
    /** Spreads QP numbers over cookies. */
    private static final int COOKIE_STEP = 0x9E37_79B9;
    private static final int MAX_CONGESTION_CONTROL = 4;

    private final Session session;
    private final QueueMemory queueMemory;

    QueuePairCommands(Session session) {
        this.session = session;
        this.queueMemory = session.queueMemory();
    }

    CommandResponse create(MemorySegment command) {
        Refusal.unless(session.spec().protocol() == FunctionSpec.IWARP,
                "QPs are made on iWARP functions only, not on protocol", session.spec().protocol());
        int qpn = CreateQp.qpn(command, 0);
        int pd = CreateQp.pd(command, 0);
        Refusal.unless(qpn >= 1 && qpn < session.spec().maxQps(), "QPN", qpn);
        Refusal.unless(session.queuePair(qpn) == null, "there is a QP", qpn);
        Refusal.unless(pd < Limits.PDS, "PD", pd);
        DoorbellPages.@Nullable Owner owner = owner(command);
        QueuePair.Side send = send(command, owner);
        QueuePair.Side receive = receive(command, owner);
        QueuePair qp = new QueuePair(session, qpn, pd, owner == null && isKernels(command), send, receive);
        qp.bind(owner);
        send.completions().addUsers(1);
        receive.completions().addUsers(1);
        queueMemory.keep(send.ring());
        queueMemory.keep(receive.ring());
        session.queuePairs().setRelease(qpn, qp);
        return CreateQpResponse.compose(qpn * COOKIE_STEP);
    }

    private QueuePair.Side send(MemorySegment command, DoorbellPages.@Nullable Owner owner) {
        int log2Depth = CreateQp.log2SqDepth(command, 0);
        Refusal.unless(log2Depth <= Limits.LOG2_RECEIVE_WRS, "log2 of the SQ depth", log2Depth);
        int entries = CreateQp.sqMttEntries(command, 0);
        long address = CreateQp.sqBufferAddress(command, 0);
        long[] pages = CreateQp.sqMttLevel(command, 0) == 1
                ? queueMemory.table(address, entries)
                : sendPages(command, address, entries);
        Ring ring = queueMemory.ring(pages, CreateQp.sqPageShift(command, 0), CreateQp.sqPageOffset(command, 0),
                1L << (log2Depth + SqeHeader.WQEBB_SHIFT), SqeHeader.WQEBB_BYTES, false);
        int page = owner != null ? owner.sendPage() : kernelPage(DoorbellSpace.KERNEL_SQ_PAGE);
        return new QueuePair.Side(
                ring, 1 << log2Depth, record(CreateQp.sqDoorbellRecord(command, 0)),
                completions(CreateQp.sqCqn(command, 0)), page);
    }

    private QueuePair.Side receive(MemorySegment command, DoorbellPages.@Nullable Owner owner) {
        int log2Depth = CreateQp.log2RqDepth(command, 0);
        Refusal.unless(log2Depth <= session.spec().maxReceiveWrLog2(), "log2 of the RQ depth", log2Depth);
        int entries = CreateQp.rqMttEntries(command, 0);
        long address = CreateQp.rqBufferAddress(command, 0);
        long[] pages = CreateQp.rqMttLevel(command, 0) == 1
                ? queueMemory.table(address, entries)
                : receivePages(command, address, entries);
        Ring ring = queueMemory.ring(pages, CreateQp.rqPageShift(command, 0), CreateQp.rqPageOffset(command, 0),
                1L << (log2Depth + Rqe.SHIFT), Rqe.BYTES, false);
        int page = owner != null ? owner.receivePage() : kernelPage(DoorbellSpace.KERNEL_RQ_PAGE);
        return new QueuePair.Side(
                ring, 1 << log2Depth, record(CreateQp.rqDoorbellRecord(command, 0)),
                completions(CreateQp.rqCqn(command, 0)), page);
    }

    private static long[] sendPages(MemorySegment command, long first, int entries) {
        long[] pages = inlinePages(first, entries);
        for (int i = 1; i < entries; i++) {
            pages[i] = CreateQp.sqMtt(command, 0, i);
        }
        return pages;
    }

    private static long[] receivePages(MemorySegment command, long first, int entries) {
        long[] pages = inlinePages(first, entries);
        for (int i = 1; i < entries; i++) {
            pages[i] = CreateQp.rqMtt(command, 0, i);
        }
        return pages;
    }

    private static long[] inlinePages(long first, int entries) {
        Refusal.unless(entries >= 1 && entries <= CreateQp.INLINE_PAGES, "MTT entries at level 0:", entries);
        long[] pages = new long[entries];
        pages[0] = first;
        return pages;
    }

    private HostWord record(long address) {
        Refusal.unless(HostWord.isUsable(session.space(), address), "doorbell record at", address);
        return new HostWord(session.space(), address);
    }

    private CompletionQueue completions(int cqn) {
        CompletionQueue queue = session.completionQueue(cqn);
        if (queue == null) {
            throw new Refusal("no CQ " + cqn);
        }
        return queue;
    }

    /** The context of both doorbell pages. Linux names the CQ page for the RQ's, so only the context counts. */
    private DoorbellPages.@Nullable Owner owner(MemorySegment command) {
        if (!CreateQp.extendedDoorbell(command, 0)) {
            return null;
        }
        int sendPage = CreateQp.sqDoorbellPage(command, 0);
        int receivePage = CreateQp.rqDoorbellPage(command, 0);
        Refusal.unless(session.spec().extendedDoorbells(), "doorbell page without the capability:", sendPage);
        DoorbellPages.Owner owner = session.pages().owner(sendPage)
                .orElseThrow(() -> new Refusal("nobody owns doorbell page " + sendPage));
        Refusal.unless(session.pages().owner(receivePage).filter(other -> other == owner).isPresent(),
                "doorbell page of another context:", receivePage);
        return owner;
    }

    /** Whether a QP that rings no context's pages is the kernel's: its queues state a page size that a program's never have (device-interface §5.1). */
    private static boolean isKernels(MemorySegment command) {
        return CreateQp.sqPageShift(command, 0) == Limits.KERNEL_QP_PAGE_SHIFT
                && CreateQp.rqPageShift(command, 0) == Limits.KERNEL_QP_PAGE_SHIFT;
    }

    private int kernelPage(int page) {
        return session.spec().extendedDoorbells() ? page : DoorbellPages.ANY;
    }

    CommandResponse modify(MemorySegment command) {
        QueuePair qp = find(ModifyQp.qpn(command, 0));
        int state = ModifyQp.state(command, 0);
        IwarpQpState wanted = IwarpQpState.of(state).orElseThrow(() -> new Refusal("QP state " + state));
        switch (wanted) {
            case RTS -> connect(qp, command);
            case CLOSING, TERMINATE, ERROR -> qp.leave(state);
            case IDLE, RTR -> throw new Refusal("a QP can't be moved to " + wanted);
        }
        return CommandResponse.NONE;
    }

    private void connect(QueuePair qp, MemorySegment command) {
        Refusal.unless(qp.state() == QueuePair.IDLE, "to RTS from state", qp.state());
        int congestionControl = ModifyQp.congestionControl(command, 0);
        Refusal.unless(congestionControl <= MAX_CONGESTION_CONTROL, "congestion control", congestionControl);
        FourTuple flow = new FourTuple(ModifyQp.sourceIpv4(command, 0), ModifyQp.sourcePort(command, 0),
                ModifyQp.destinationIpv4(command, 0), ModifyQp.destinationPort(command, 0));
        Connection connection = new Connection(qp, flow, session.site(), session.spec().peerWait().toNanos());
        Refusal.unless(qp.connect(connection), "to RTS from state", qp.state());
        if (session.closed()) {
            qp.discard();
        }
    }

    CommandResponse reflush(MemorySegment command) {
        QueuePair qp = find(Reflush.qpn(command, 0));
        Refusal.unless(qp.isFlushing(), "REFLUSH in state", qp.state());
        int sent = Reflush.sqProducerIndex(command, 0) & 0xFFFF;
        int received = Reflush.rqProducerIndex(command, 0) & 0xFFFF;
        Refusal.unless(qp.sends().isPlausible(sent), "SQ index", sent);
        Refusal.unless(qp.receives().ring(received), "RQ index", received);
        session.execution().ring(qp.sends(), sent);
        qp.wakeSends();
        return CommandResponse.NONE;
    }

    CommandResponse destroy(EngineContext context, MemorySegment command) {
        int qpn = DestroyQp.qpn(command, 0);
        QueuePair qp = find(qpn);
        session.queuePairs().set(qpn, null);
        qp.discard();
        qp.bind(null);
        context.quiesce();
        queueMemory.release(qp.sends().ring());
        queueMemory.release(qp.receives().ring());
        qp.sends().completions().addUsers(-1);
        qp.receives().completions().addUsers(-1);
        session.errorEvents().forget(context, false, qpn);
        session.statistics().add(qp);
        return CommandResponse.NONE;
    }

    private QueuePair find(int qpn) {
        QueuePair qp = session.queuePair(qpn);
        if (qp == null) {
            throw new Refusal("no QP " + qpn);
        }
        return qp;
    }
}
