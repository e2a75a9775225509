package io.erdma.core.hal;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;

/**
 * A PCI function as its driver sees it. Every resource that is taken from it is closed by the one who took it, in reverse order; a
 * resource of a function that has gone can still be closed.
 *
 * <p>All methods are safe for use by several threads. Errors are {@link io.erdma.core.errno.ErrnoException}s; a failed call holds nothing.
 */
public interface PciFunction {
    /** Who it is. */
    PciIdentity identity();

    /** Bit mask of the BARs that are memory BARs: bit n for BAR n. */
    int memoryBars();

    /** False once the function was taken away by surprise: its registers then read as all ones, writes do nothing. */
    boolean present();

    /**
     * Enables memory decoding and bus mastering (kernel: {@code pci_enable_device}, {@code pci_set_master}). ENODEV if the function is gone,
     * EBUSY if another driver has it enabled.
     */
    void enable();

    /** Ends bus mastering: no DMA of the function is let through any more. Idempotent. */
    void disable();

    /**
     * Maps a memory BAR. EINVAL: not a memory BAR; EFAULT: it cannot be mapped; ENODEV: not present.
     *
     * @return the whole BAR; closing it ends the mapping, and each access after that is an {@link IllegalStateException}
     */
    Bar mapBar(int bar);

    /** Declares how many address bits the device can drive, 32–64, else EINVAL. EIO if the host can't give memory below that. */
    void setDmaMask(int bits);

    /**
     * Allocates zeroed memory that both sides see coherently (kernel: {@code dma_alloc_coherent}). EINVAL for a size below 1 or an
     * alignment that is no power of two up to 1 MiB; ENOMEM.
     *
     * @param bytes size, from 1
     * @param alignment of the device address and of the segment's address, a power of two up to 1 MiB
     */
    DmaMemory allocateCoherent(long bytes, long alignment);

    /**
     * Makes a caller's memory reachable for the device (kernel: {@code ib_umem_get} and {@code dma_map_sgtable}). The caller keeps the segment
     * alive until the mapping is closed; if it is closed before that, the device gets access errors and nothing else happens.
     *
     * @param segment native memory that any thread may touch; EINVAL for heap segments, segments confined to a thread, closed ones,
     *     empty ones and ones at address 0, and read-only ones with write access. ENOMEM if it can't be mapped
     * @param access what the device may do
     */
    DmaMapping map(MemorySegment segment, DmaAccess access);

    /**
     * Allocates MSI-X vectors, all masked and without handler. ENODEV if the function is gone, EBUSY if its vectors are allocated already.
     *
     * @param min the smallest number that will do, from 1, else EINVAL; ENOSPC if fewer are there
     * @param max the largest wanted, from {@code min}, else EINVAL
     * @param dispatcher runs the handlers. A vector that is raised again before its handler began is delivered once
     */
    InterruptVectors allocateVectors(int min, int max, Executor dispatcher);

    /** Function-level reset: the device forgets everything, vectors are masked. */
    void reset();

    /** Calls {@code listener} once, in the thread that noticed, when the function is removed by surprise; at once if it is gone already. */
    RemovalWatch onRemoval(Runnable listener);

    /** A listener to a removal. */
    @FunctionalInterface
    interface RemovalWatch extends AutoCloseable {
        /** Ends it; a removal that is being told may still arrive. Idempotent. */
        @Override
        void close();
    }
}
