package io.erdma.verbs;

import io.erdma.core.verbs.Access;
import java.util.Set;

/**
 * Registered memory (libibverbs: {@code ibv_mr}; kernel: {@code ib_mr}). Immutable but for {@link #close()}; safe for use by several threads. The
 * memory belongs to the caller and must stay alive until the region is closed; if it does not, the device gets access errors.
 */
public final class MemoryRegion implements RegisteredMr {
    /** {@link #length()} of a region of all memory. */
    public static final long ALL_MEMORY = Long.MAX_VALUE;

    private final MrHandle handle;
    private final MrSnapshot snapshot;

    MemoryRegion(MrHandle handle, MrSnapshot snapshot) {
        this.handle = handle;
        this.snapshot = snapshot;
    }

    /** The key for the own side's scatter/gather elements. */
    public int lkey() {
        return snapshot.lkey();
    }

    /** The key for peers: STag index &lt;&lt; 8, low byte 0. */
    public int rkey() {
        return snapshot.rkey();
    }

    /** I/O virtual address of the first byte: what scatter/gather elements and peers name. */
    public long iova() {
        return snapshot.iova();
    }

    /** Size in bytes, or {@link #ALL_MEMORY}. */
    public long length() {
        return snapshot.length();
    }

    /** What it may be used for. */
    public Set<Access> access() {
        return Access.of(snapshot.access());
    }

    /** Its PD. */
    public ProtectionDomain pd() {
        return handle.pd();
    }

    @Override
    public MrSnapshot snapshot() {
        return snapshot;
    }

    /**
     * Deregisters (libibverbs: {@code ibv_dereg_mr}): when this returns, the device does not touch the memory any more. A command that fails is logged, and
     * everything is freed all the same. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        handle.close(snapshot.lkey());
    }

    @Override
    public String toString() {
        return "MR 0x%x".formatted(snapshot.lkey());
    }
}
