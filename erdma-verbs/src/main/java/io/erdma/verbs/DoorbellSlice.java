package io.erdma.verbs;

import io.erdma.core.hal.Mmio;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A doorbell page, or a part of one, in the hands of a user program, until its context ends: from then on writes do nothing and reads are all ones, as of a
 * device that has gone (kernel: {@code rdma_user_mmap_io}, {@code uverbs_user_mmap_disassociate}). A write that has begun before may still arrive.
 */
final class DoorbellSlice implements Mmio {
    private static final int GONE = -1;

    private final Mmio registers;
    private final AtomicBoolean revoked;

    DoorbellSlice(Mmio registers, AtomicBoolean revoked) {
        this.registers = registers;
        this.revoked = revoked;
    }

    @Override
    public long bytes() {
        return registers.bytes();
    }

    @Override
    public int read32(long offset) {
        try {
            return revoked.get() ? GONE : registers.read32(offset);
        } catch (IllegalStateException unmapped) {
            return unlessRevoked(unmapped);
        }
    }

    @Override
    public long read64(long offset) {
        try {
            return revoked.get() ? GONE : registers.read64(offset);
        } catch (IllegalStateException unmapped) {
            return unlessRevoked(unmapped);
        }
    }

    @Override
    public void write32(long offset, int value) {
        try {
            if (!revoked.get()) {
                registers.write32(offset, value);
            }
        } catch (IllegalStateException unmapped) {
            unlessRevoked(unmapped);
        }
    }

    @Override
    public void write64(long offset, long value) {
        try {
            if (!revoked.get()) {
                registers.write64(offset, value);
            }
        } catch (IllegalStateException unmapped) {
            unlessRevoked(unmapped);
        }
    }

    /** Revoked and unmapped in the midst of an access: as if it had been revoked before. */
    private int unlessRevoked(IllegalStateException unmapped) {
        if (revoked.get()) {
            return GONE;
        }
        throw unmapped;
    }

    @Override
    public Mmio slice(long offset, long sliceBytes) {
        return new DoorbellSlice(registers.slice(offset, sliceBytes), revoked);
    }
}
