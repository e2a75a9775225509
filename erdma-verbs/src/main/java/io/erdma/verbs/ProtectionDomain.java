package io.erdma.verbs;

import io.erdma.core.verbs.Access;
import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;

/**
 * A protection domain: MRs and QPs of one work together (libibverbs: {@code ibv_pd}; kernel: {@code erdma_alloc_pd}). No command tells the device of it. Safe
 * for use by several threads.
 */
public final class ProtectionDomain implements AutoCloseable {
    private final ObjectTable<ProtectionDomain> table;
    private final int pdn;
    private final MemoryRegistrar memory;
    private final BiFunction<ProtectionDomain, QpInitAttributes, QueuePair> createQp;
    private final UseCount users = new UseCount();

    ProtectionDomain(ObjectTable<ProtectionDomain> table, int pdn, MemoryRegistrar memory,
            BiFunction<ProtectionDomain, QpInitAttributes, QueuePair> createQp) {
        this.table = table;
        this.pdn = pdn;
        this.memory = memory;
        this.createQp = createQp;
    }

    /** Its number, from 1. */
    public int pdn() {
        return pdn;
    }

    /**
     * Registers memory under its own address (libibverbs: {@code ibv_reg_mr}).
     *
     * @see #regMr(MemorySegment, long, Access...)
     */
    public MemoryRegion regMr(MemorySegment memory, Access... access) {
        return regMr(memory, memory.address(), access);
    }

    /**
     * Registers memory under another address (libibverbs: {@code ibv_reg_mr_iova}). The pages are 4 KiB … 1 GiB, the largest that help.
     *
     * @param target native memory that any thread may touch; it must live until the region is closed
     * @param iova the address by which scatter/gather elements and peers name its first byte; it must agree with the memory's address below 4096
     * @param access what it may be used for; local read is always granted
     * @throws io.erdma.core.errno.ErrnoException EINVAL: no bytes, or more than the device takes; a peer's write or atomics without {@link Access#LOCAL_WRITE};
     *     no page size fits (defect 14); memory that can't be mapped; a destroyed PD. ENOMEM: no memory for page tables, or more pages than three levels
     *     hold. ENOSPC: no MR number left. ENODEV: the device is being removed. The command channel's errors. Nothing has changed then
     */
    public MemoryRegion regMr(MemorySegment target, long iova, Access... access) {
        return memory.register(this, target, iova, Access.bits(access));
    }

    /**
     * Registers all memory, by device address (kernel: {@code get_dma_mr}).
     *
     * @throws io.erdma.core.errno.ErrnoException EINVAL: rights as for {@link #regMr(MemorySegment, long, Access...)}, a destroyed PD; ENOSPC, ENODEV and the
     *     command channel's errors
     */
    public MemoryRegion getDmaMr(Access... access) {
        return memory.registerAll(this, Access.bits(access));
    }

    /**
     * Makes an MR for fast registration (kernel: {@code ib_alloc_mr} with {@code IB_MR_TYPE_MEM_REG}).
     *
     * @param maxPages how many 4096-byte pages it can map, 1…524288
     * @throws io.erdma.core.errno.ErrnoException EINVAL: another number of pages, a destroyed PD; ENOMEM, ENOSPC, ENODEV and the command channel's errors
     */
    public FastRegisterMr allocMr(int maxPages) {
        return memory.allocate(this, maxPages);
    }

    /**
     * Makes a QP (libibverbs: {@code ibv_create_qp}; kernel: {@code erdma_create_qp}). It is in state INIT as verbs see it.
     *
     * @throws io.erdma.core.errno.ErrnoException EINVAL: sizes over the limits, or no send or receive requests, checked first; a destroyed PD or CQ, a CQ of
     *     another device. EOPNOTSUPP: a type other than RC. ENOMEM: no memory, or no QP number left. ENODEV: the device is being removed. The command
     *     channel's errors. Nothing has changed then
     */
    public QueuePair createQp(QpInitAttributes attributes) {
        return createQp.apply(this, attributes);
    }

    /** What it is now. */
    public PdSnapshot snapshot() {
        return new PdSnapshot(pdn, users.count());
    }

    /** One more MR or QP; EINVAL once destroyed. */
    void enter() {
        users.enter(toString());
    }

    void leave() {
        users.leave();
    }

    /**
     * Gives it back (libibverbs: {@code ibv_dealloc_pd}). Idempotent.
     *
     * @throws io.erdma.core.errno.ErrnoException EBUSY: MRs or QPs are in it; it stays as it is
     */
    @Override
    public void close() {
        if (users.close(toString())) {
            table.free(pdn);
        }
    }

    /** The device goes. */
    void remove() {
        if (users.closeAnyway()) {
            table.free(pdn);
        }
    }

    @Override
    public String toString() {
        return "PD " + pdn;
    }
}
