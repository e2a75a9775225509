package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A caller's memory with windows on it: one, or one a page. */
final class CallerMapping implements DmaMapping {
    private static final long PAGE = 4096;
    /** The largest page that an MR can have: device and virtual address agree below it. */
    private static final long LARGEST_PAGE = 1L << 30;

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
        long at = 0;
        for (int i = 0; i < mapping.addresses.length; i++) {
            MemorySegment run = segment.asSlice(at, mapping.lengths[i]);
            space.map(run, mapping.addresses[i], access == DmaAccess.READ_WRITE);
            at += mapping.lengths[i];
        }
        ledger.add(Resource.DMA_MAPPING, 1);
        return mapping;
    }

    private static void check(MemorySegment segment, DmaAccess access) {
        if (!segment.isNative()) {
            throw new ErrnoException(Errno.EINVAL, "heap memory cannot be mapped for DMA");
        }
        if (segment.byteSize() < 1) {
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
        return new CallerMapping(
                space, ledger, segment, new long[]{ address }, new long[]{ segment.byteSize() });
    }

    private static CallerMapping pages(
            DmaSpace space, DeviceAddresses source, LeakLedger ledger, MemorySegment segment) {
        long inFirst = segment.address() & (PAGE - 1);
        int count = Math.toIntExact((inFirst + segment.byteSize() + PAGE - 1) / PAGE);
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
