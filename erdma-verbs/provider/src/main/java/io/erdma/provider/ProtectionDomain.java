package io.erdma.provider;

import io.erdma.core.verbs.Access;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A protection domain: MRs and QPs of one work together (libibverbs: {@code ibv_pd}). Safe for use by several threads. */
public final class ProtectionDomain implements AutoCloseable {
    private final Context context;
    private final int handle;
    private final AtomicBoolean closed = new AtomicBoolean();

    ProtectionDomain(Context context, int handle) {
        this.context = context;
        this.handle = handle;
    }

    /** Its context. */
    public Context context() {
        return context;
    }

    int handle() {
        return handle;
    }

    /** Registers memory under its own address (libibverbs: {@code ibv_reg_mr}); see {@link #regMr(MemorySegment, long, Access...)}. */
    public MemoryRegion regMr(MemorySegment memory, Access... access) {
        return regMr(memory, memory.address(), access);
    }

    /**
     * Registers what is between a buffer's position and its limit.
     *
     * @param memory a direct buffer; EINVAL for one on the heap, or a read-only one with rights to write
     * @see #regMr(MemorySegment, long, Access...)
     */
    public MemoryRegion regMr(ByteBuffer memory, Access... access) {
        return regMr(MemorySegment.ofBuffer(memory), access);
    }

    /**
     * Registers memory under another address (libibverbs: {@code ibv_reg_mr_iova}).
     *
     * @param memory native memory that any thread may touch; it must live until the region is closed
     * @param iova the address by which scatter/gather elements and peers name its first byte; it must agree with the memory's address below 4096
     * @param access what it may be used for; local read is always granted
     * @throws io.erdma.core.errno.ErrnoException EINVAL: no bytes, or more than the device takes; a peer's write or atomics without {@link Access#LOCAL_WRITE}; no
     *     page size fits; memory that can't be registered: on the heap, closed, of one thread, read-only with rights to write. ENOMEM; ENOSPC: no MR number
     *     left; ENOENT: the PD is closed; EBADF, ENODEV: the context is closed, its device gone; the device's errors. Nothing has changed then
     */
    public MemoryRegion regMr(MemorySegment memory, long iova, Access... access) {
        return regMr(memory, iova, Access.bits(access));
    }

    /**
     * The same with the bits of libibverbs, of which the {@linkplain Access#OPTIONAL optional ones} are left out.
     *
     * @throws io.erdma.core.errno.ErrnoException EINVAL: unknown bits; EOPNOTSUPP: {@linkplain Access#ON_DEMAND on-demand paging}; as
     *     {@link #regMr(MemorySegment, long, Access...)}
     */
    public MemoryRegion regMr(MemorySegment memory, long iova, int access) {
        return new MemoryRegion(this, context.kernel().regMr(handle, memory, iova, access), memory, iova,
                access & ~Access.OPTIONAL);
    }

    /**
     * Makes a QP (libibverbs: {@code ibv_create_qp}). It is in state INIT.
     *
     * @throws io.erdma.core.errno.ErrnoException EINVAL: sizes over the limits, or no send or receive requests; a CQ of another context. EOPNOTSUPP: a type other
     *     than RC, no CQ. ENOMEM: no memory, or no QP number left. ENOENT: PD or CQ is closed. EBADF, ENODEV: the context is closed, its device gone. The
     *     device's errors. Nothing has changed then
     */
    public QueuePair createQp(QpInitAttributes attributes) {
        return QueuePair.create(this, attributes);
    }

    /**
     * Gives it back (libibverbs: {@code ibv_dealloc_pd}). Idempotent.
     *
     * @throws io.erdma.core.errno.ErrnoException EBUSY: MRs or QPs are in it; it stays as it is
     */
    @Override
    public void close() {
        if (!closed.get()) {
            context.unlessGone(() -> context.kernel().deallocPd(handle));
            closed.set(true);
        }
    }

    @Override
    public String toString() {
        return "PD of " + context;
    }
}
