package io.erdma.provider;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.Limits;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.abi.UreqCreateQp;
import io.erdma.hw.abi.UrespCreateQp;
import io.erdma.hw.abi.UserAbi;
import io.erdma.qp.ReceiveRing;
import io.erdma.qp.RingOption;
import io.erdma.qp.SendRing;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpModifyAttributes;
import io.erdma.verbs.UserQpHandle;
import io.erdma.verbs.UserQpInit;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A queue pair in the program's own memory (libibverbs: {@code ibv_qp}; provider: {@code struct erdma_qp}). Any thread may post, unless made for a single thread;
 * a post calls no driver. The other methods are for any thread always.
 *
 * <p>It is connected through the connection manager, which is given its number.
 */
public final class QueuePair implements AutoCloseable {
    private final ProtectionDomain pd;
    private final QpInitAttributes attributes;
    private final UserQpHandle kernelQp;
    private final Rings rings;
    private final AnonymousMemory memory;
    private final RecordPool.Slot records;
    private final AtomicBoolean closing = new AtomicBoolean();
    /** Why nothing can be posted: EIO, the program moved it to ERR; EINVAL, it is closed; null, nothing speaks against it. */
    private volatile @Nullable Errno refusal;

    private QueuePair(ProtectionDomain pd, QpInitAttributes attributes, UserQpHandle kernelQp, Rings rings,
            AnonymousMemory memory, RecordPool.Slot records) {
        this.pd = pd;
        this.attributes = attributes;
        this.kernelQp = kernelQp;
        this.rings = rings;
        this.memory = memory;
        this.records = records;
    }

    /** See {@link ProtectionDomain#createQp}. */
    static QueuePair create(ProtectionDomain pd, QpInitAttributes attributes) {
        Context context = pd.context();
        UserQpInit init = new UserQpInit(pd.handle(), handle(context, attributes.sendCq()),
                handle(context, attributes.receiveCq()), attributes.capabilities(), attributes.type());
        AnonymousMemory memory = context.process().mmap(bufferBytes(attributes.capabilities()));
        RecordPool.Slot records = null;
        try {
            records = context.records().take();
            MemorySegment response = Abi.zeroed(UrespCreateQp.BYTES);
            UserQpHandle made = context.kernel().createQp(init, request(memory, records), response);
            return made(pd, attributes, made, memory, records, response);
        } catch (RuntimeException e) {
            Abi.free(memory, records);
            throw e;
        }
    }

    private static int handle(Context context, Optional<CompletionQueue> cq) {
        if (cq.isPresent() && cq.get().context() != context) {
            throw new ErrnoException(Errno.EINVAL, cq.get() + " is of another context");
        }
        return cq.map(CompletionQueue::handle).orElse(0);
    }

    /** Send queue first, receive queue on the next page. Sizes that there can't be are left to the kernel to refuse. */
    private static long bufferBytes(QpCapabilities sizes) {
        int sends = Math.clamp(sizes.maxSendWr(), 1, Limits.SEND_WRS);
        int receives = Math.clamp(sizes.maxRecvWr(), 1, 1 << Limits.LOG2_RECEIVE_WRS);
        return UserAbi.rqOffset(Abi.powerOfTwo(sends * Limits.WQEBBS_PER_SEND_WR))
                + ((long) Abi.powerOfTwo(receives) << Rqe.SHIFT);
    }

    private static MemorySegment request(AnonymousMemory memory, RecordPool.Slot records) {
        MemorySegment request = Abi.zeroed(UreqCreateQp.BYTES);
        UreqCreateQp.setDbRecordVa(request, 0, records.address());
        UreqCreateQp.setQbufVa(request, 0, memory.address());
        UreqCreateQp.setQbufLen(request, 0, memory.segment().byteSize());
        return request;
    }

    private static QueuePair made(ProtectionDomain pd, QpInitAttributes attributes, UserQpHandle made,
            AnonymousMemory memory, RecordPool.Slot records, MemorySegment response) {
        Context context = pd.context();
        try {
            Rings rings = rings(context, attributes, memory, records, response);
            return context.add(new QueuePair(pd, attributes, made, rings, memory, records));
        } catch (RuntimeException e) {
            context.unlessGone(() -> context.kernel().destroyQp(made.handle()));
            throw e;
        }
    }

    private static Rings rings(Context context, QpInitAttributes attributes, AnonymousMemory memory,
            RecordPool.Slot records, MemorySegment response) {
        int qpn = UrespCreateQp.qpId(response, 0);
        MemorySegment buffer = memory.segment();
        MemorySegment sends = buffer.asSlice(0,
                (long) UrespCreateQp.numSqe(response, 0) << SqeHeader.WQEBB_SHIFT);
        MemorySegment receives = buffer.asSlice(UrespCreateQp.rqOffset(response, 0),
                (long) UrespCreateQp.numRqe(response, 0) << Rqe.SHIFT);
        Set<RingOption> options = options(attributes);
        return new Rings(new SendRing(qpn, sends, records.first(), context.doorbells().sends(qpn), options),
                new ReceiveRing(qpn, receives, records.second(), context.doorbells().receives(qpn), options));
    }

    private static Set<RingOption> options(QpInitAttributes attributes) {
        Set<RingOption> options = EnumSet.of(RingOption.USER);
        if (attributes.signalAll()) {
            options.add(RingOption.SIGNAL_ALL);
        }
        if (attributes.singleThreaded()) {
            options.add(RingOption.SINGLE_THREADED);
        }
        return options;
    }

    /**
     * Posts a chain of send requests (libibverbs: {@code ibv_post_send}; provider: {@code erdma_post_send}). Requests from the first refused one on are not taken;
     * those before are posted. Allocates nothing, throws nothing.
     *
     * @param first the chain; it may be reused when this returns
     * @return a {@link PostResult}: ENOMEM: no room for that request at the moment. EINVAL: no request at all (null), an opcode that user programs don't have
     *     (REG_MR, LOCAL_INV, RDMA_READ_WITH_INV), a READ without exactly one element, an atomic without any, more than 6 elements, more than 96 inline bytes,
     *     an inline element without memory, a closed QP. EFAULT: inline memory that is closed, another thread's or shorter than its element. EIO: the
     *     program itself has moved the QP to ERR
     */
    public long postSend(@Nullable SendRequest first) {
        Errno refused = refusal;
        if (refused != null) {
            return PostResult.refused(refused, 0);
        }
        try {
            return rings.send().postSend(first);
        } catch (IllegalStateException closedMeanwhile) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
    }

    /**
     * Posts a chain of receive requests (libibverbs: {@code ibv_post_recv}; provider: {@code erdma_post_recv}), in any state but ERR. As {@link #postSend}.
     *
     * @param first the chain; an empty one (null) is no error
     * @return a {@link PostResult}: ENOMEM: the queue is full; EINVAL: more than one element, a closed QP; EIO: the program itself has moved the QP to ERR
     */
    public long postRecv(@Nullable ReceiveRequest first) {
        Errno refused = refusal;
        if (refused != null) {
            return PostResult.refused(refused, 0);
        }
        try {
            return rings.receive().postRecv(first);
        } catch (IllegalStateException closedMeanwhile) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
    }

    /** Its number on the device, from 1: what the connection manager connects. */
    public int qpn() {
        return rings.send().qpn();
    }

    /** Its context. */
    public Context context() {
        return pd.context();
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return pd;
    }

    /** What it was made with. */
    public QpInitAttributes initAttributes() {
        return attributes;
    }

    /** Its real sizes. */
    public QpCapabilities capabilities() {
        return kernelQp.capabilities();
    }

    /** The caller's own object (libibverbs: {@code qp_context}). */
    public Optional<Object> attachment() {
        return attributes.attachment();
    }

    int handle() {
        return kernelQp.handle();
    }

    Rings rings() {
        return rings;
    }

    /** Moves it to a state; see {@link #modify(QpModifyAttributes)}. */
    public void modify(QpState to) {
        modify(QpModifyAttributes.to(to));
    }

    /**
     * Modifies it (libibverbs: {@code ibv_modify_qp}). SQD disconnects gracefully, ERR abruptly; once it is in ERR by this call, posts are EIO.
     *
     * @throws ErrnoException EOPNOTSUPP: mask bits outside the standard set. EINVAL: another port than 1; RTS without a connection, which only the connection
     *     manager makes. ECONNABORTED: back from closing into work. ENOENT: a closed QP. EBADF, ENODEV: the context is closed, its device gone. The
     *     device's errors. Nothing has changed then
     */
    public void modify(QpModifyAttributes change) {
        context().kernel().modifyQp(handle(), change);
        if ((change.mask() & QpModifyAttributes.STATE) != 0 && change.state() == QpState.ERR) {
            refuse(Errno.EIO);
        }
    }

    private synchronized void refuse(Errno reason) {
        if (refusal != Errno.EINVAL) {
            refusal = reason;
        }
    }

    /** Asks for its attributes (libibverbs: {@code ibv_query_qp}). ENOENT: a closed QP; EBADF, ENODEV: the context is closed, its device gone. */
    public QpAttributes query() {
        return context().kernel().queryQp(handle());
    }

    /**
     * Destroys it (libibverbs: {@code ibv_destroy_qp}): its connection is dropped, and the device forgets it. Completions that were not polled are skipped from
     * now on. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        refuse(Errno.EINVAL);
        context().forget(this); // before its number can be another QP's
        context().unlessGone(() -> context().kernel().destroyQp(handle()));
        free();
    }

    /** The driver has forgotten it: frees its memory. */
    void free() {
        refuse(Errno.EINVAL);
        Abi.free(memory, records);
    }

    @Override
    public String toString() {
        return "QP " + qpn();
    }
}
