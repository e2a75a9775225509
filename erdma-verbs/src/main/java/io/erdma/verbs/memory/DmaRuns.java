package io.erdma.verbs.memory;

import io.erdma.core.hal.DmaMapping;
import java.util.Arrays;

/**
 * The device addresses of mapped memory, in the order of the memory; runs that follow each other without a gap are one. Immutable.
 * Finds the page size of an MR and its pages (kernel: {@code ib_umem_find_best_pgsz}, {@code rdma_umem_for_each_dma_block}).
 */
public final class DmaRuns {
    /** {@link #bestPageShift}: no page size fits. */
    public static final int NO_PAGE_SIZE = -1;

    private final long[] addresses;
    private final long[] lengths;
    private final long bytes;

    private DmaRuns(long[] addresses, long[] lengths) {
        this.addresses = addresses;
        this.lengths = lengths;
        this.bytes = Arrays.stream(lengths).sum();
    }

    /** The runs of a mapping. */
    public static DmaRuns of(DmaMapping mapping) {
        long[] addresses = new long[mapping.runCount()];
        long[] lengths = new long[mapping.runCount()];
        int last = -1;
        for (int i = 0; i < mapping.runCount(); i++) {
            if (last >= 0 && addresses[last] + lengths[last] == mapping.runAddress(i)) {
                lengths[last] += mapping.runBytes(i);
            } else {
                last++;
                addresses[last] = mapping.runAddress(i);
                lengths[last] = mapping.runBytes(i);
            }
        }
        return new DmaRuns(Arrays.copyOf(addresses, last + 1), Arrays.copyOf(lengths, last + 1));
    }

    /** Bytes of all runs. */
    public long bytes() {
        return bytes;
    }

    /**
     * log2 of the largest page size below which I/O virtual and device addresses agree at every page; but not larger than the first that holds everything.
     * So the pages are as few as can be.
     *
     * @param iova I/O virtual address of the first byte
     * @param pageSizes the sizes allowed, bit n for 2ⁿ bytes
     * @return log2 of the size, or {@link #NO_PAGE_SIZE} if the addresses differ below the smallest one
     */
    public int bestPageShift(long iova, long pageSizes) {
        // The lowest bit in which something speaks against a page of twice that bit: it holds everything already, ...
        long differ = pageSizes & atLeast(bitsBelowWhichAllLies(iova));
        long at = iova;
        for (int i = 0; i < addresses.length; i++) {
            // ... or the two addresses differ there, ...
            differ |= addresses[i] ^ at;
            at += lengths[i];
            if (i < addresses.length - 1) {
                // ... or the next run begins there.
                differ |= at;
            }
        }
        int largest = Long.numberOfTrailingZeros(differ);
        long fitting = pageSizes & ~atLeast(largest + 1);
        return fitting == 0 ? NO_PAGE_SIZE : Long.SIZE - 1 - Long.numberOfLeadingZeros(fitting);
    }

    private int bitsBelowWhichAllLies(long iova) {
        return Long.SIZE - Long.numberOfLeadingZeros((iova + bytes - 1) ^ iova);
    }

    private static long atLeast(int bit) {
        return bit >= Long.SIZE ? 0 : -1L << bit;
    }

    /** How many pages of a size that {@link #bestPageShift} found hold the memory. */
    public long pageCount(int pageShift) {
        long page = 1L << pageShift;
        return ((addresses[0] & (page - 1)) + bytes + page - 1) >>> pageShift;
    }

    /** Reports the device address of each page, in order. */
    public void forEachPage(int pageShift, PageSink sink) {
        long page = 1L << pageShift;
        long index = 0;
        for (int i = 0; i < addresses.length; i++) {
            long end = addresses[i] + lengths[i];
            for (long at = addresses[i] & -page; at < end; at += page) {
                sink.page(index++, at);
            }
        }
    }

    /** Takes pages. */
    @FunctionalInterface
    public interface PageSink {
        /** Page {@code index}, from 0, begins at a device address. */
        void page(long index, long address);
    }
}
