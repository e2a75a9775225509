package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/** A caller's memory with windows on it: one, or one a page. */
final class CallerMapping implements DmaMapping {
    private static final long PAGE = DeviceAddresses.PAGE;
    /** The largest page that an MR can have: device and virtual address agree below it. */
    private static final long LARGEST_PAGE = 1L << 30;
    /** 16 GiB page by page; the table of runs beyond that costs more than scattering can be worth. */
    private static final long MAX_PAGES = 1L << 22;

    private final DmaSpace space;
    private final LeakLedger ledger;
    private final MemorySegment segment;
    private final long[] addresses;
    private final long[] lengths;
    private final AtomicBoolean closed = new AtomicBoolean();

    private CallerMapping(DmaSpace space, LeakLedger ledger, MemorySegment segment, long[] addresses, long[] lengths) {
        this.space = space;
        this.ledger = ledger;
        this.segment = segment;
        this.addresses = addresses;
        this.lengths = lengths;
    }

    static CallerMapping open(
            DmaSpace space, DeviceAddresses source, LeakLedger ledger, MemorySegment segment, DmaAccess access,
            boolean scattered) {
        check(segment, access);
        CallerMapping mapping = scattered
                ? pages(space, source, ledger, segment)
                : whole(space, source, ledger, segment);
        mapping.mapRuns(access == DmaAccess.READ_WRITE);
        ledger.add(Resource.DMA_MAPPING, 1);
        return mapping;
    }

    private static void check(MemorySegment segment, DmaAccess access) {
        if (!segment.isNative()) {
            throw new ErrnoException(Errno.EINVAL, "heap memory cannot be mapped for DMA");
        }
        if (segment.byteSize() < 1 || segment.address() == 0) {
            throw new ErrnoException(Errno.EINVAL, "empty memory cannot be mapped for DMA");
        }
        if (!segment.scope().isAlive()) {
            throw new ErrnoException(Errno.EINVAL, "the memory's arena is closed");
        }
        if (!segment.isAccessibleBy(new Thread())) {
            throw new ErrnoException(Errno.EINVAL,
                    "memory confined to a thread cannot be mapped for DMA: use a shared arena");
        }
        if (segment.isReadOnly() && access == DmaAccess.READ_WRITE) {
            throw new ErrnoException(Errno.EINVAL, "read-only memory cannot be mapped with write access");
        }
    }

    private static CallerMapping whole(
            DmaSpace space, DeviceAddresses source, LeakLedger ledger, MemorySegment segment) {
        long address = source.take(segment.byteSize(), segment.address(), LARGEST_PAGE);
        return new CallerMapping(space, ledger, segment, new long[]{ address }, new long[]{ segment.byteSize() });
    }

    /** Pages from the last to the first, with a page between them, so that no two runs join. */
    private static CallerMapping pages(
            DmaSpace space, DeviceAddresses source, LeakLedger ledger, MemorySegment segment) {
        long inFirst = segment.address() & (PAGE - 1);
        int count = pageCount(inFirst, segment.byteSize());
        long base = source.take(2 * PAGE * count, 0, PAGE);
        long[] addresses = new long[count];
        long[] lengths = new long[count];
        long left = segment.byteSize();
        for (int i = 0; i < count; i++) {
            long skip = i == 0 ? inFirst : 0;
            addresses[i] = base + 2 * PAGE * (count - 1 - i) + skip;
            lengths[i] = Math.min(left, PAGE - skip);
            left -= lengths[i];
        }
        return new CallerMapping(space, ledger, segment, addresses, lengths);
    }

    private static int pageCount(long inFirst, long bytes) {
        long count = (bytes - 1) / PAGE + ((bytes - 1) % PAGE + inFirst) / PAGE + 1;
        if (count > MAX_PAGES) {
            throw new ErrnoException(Errno.ENOMEM, bytes + " bytes are too many to be mapped page by page");
        }
        return (int) count;
    }

    /** All runs, or after a failure none. */
    private void mapRuns(boolean writable) {
        int done = 0;
        try {
            for (long at = 0; done < addresses.length; done++) {
                space.map(segment.asSlice(at, lengths[done]), addresses[done], writable);
                at += lengths[done];
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            space.unmapAll(Arrays.copyOf(addresses, done));
            throw new ErrnoException(Errno.ENOMEM, "run " + done + " of " + addresses.length + " cannot be mapped", e);
        }
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public int runCount() {
        return addresses.length;
    }

    @Override
    public long runAddress(int index) {
        return addresses[index];
    }

    @Override
    public long runBytes(int index) {
        return lengths[index];
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            space.unmapAll(addresses);
            ledger.add(Resource.DMA_MAPPING, -1);
        }
    }
}
