package io.erdma.provider;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.verbs.UserMr;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Registered memory (libibverbs: {@code ibv_mr}). Immutable but for {@link #close()}; safe for use by several threads. The memory belongs to the caller and must
 * stay alive until the region is closed; if it does not, the device gets access errors.
 */
public final class MemoryRegion implements AutoCloseable {
    private final ProtectionDomain pd;
    private final UserMr keys;
    private final MemorySegment memory;
    private final long iova;
    private final int access;
    private final AtomicBoolean closed = new AtomicBoolean();

    MemoryRegion(ProtectionDomain pd, UserMr keys, MemorySegment memory, long iova, int access) {
        this.pd = pd;
        this.keys = keys;
        this.memory = memory;
        this.iova = iova;
        this.access = access;
    }

    /** The key for the own side's scatter/gather elements. */
    public int lkey() {
        return keys.lkey();
    }

    /** The key for peers. */
    public int rkey() {
        return keys.rkey();
    }

    /** I/O virtual address of the first byte: what scatter/gather elements and peers name. */
    public long address() {
        return iova;
    }

    /** Size in bytes. */
    public long length() {
        return memory.byteSize();
    }

    /** The memory itself. */
    public MemorySegment memory() {
        return memory;
    }

    /** What it may be used for. */
    public Set<Access> access() {
        return Access.of(access);
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return pd;
    }

    /**
     * Adds a piece of it to a request's elements. The device checks the bounds, and allocates nothing; neither does this.
     *
     * @param length bytes, as an unsigned 32-bit number
     */
    public SendRequest addTo(SendRequest request, long offset, int length) {
        return request.addSge(iova + offset, length, keys.lkey());
    }

    /** Makes a request one that receives into a piece of it. */
    public ReceiveRequest setTo(ReceiveRequest request, long wrId, long offset, int length) {
        return request.set(wrId, iova + offset, length, keys.lkey());
    }

    /** Deregisters (libibverbs: {@code ibv_dereg_mr}): when this returns, the device does not touch the memory any more. Idempotent; refuses nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            pd.context().unlessGone(() -> pd.context().kernel().deregMr(keys.handle()));
        }
    }

    @Override
    public String toString() {
        return "MR 0x%x".formatted(keys.lkey());
    }
}
