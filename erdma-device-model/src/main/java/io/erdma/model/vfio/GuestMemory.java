package io.erdma.model.vfio;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.vfio.sys.Descriptor;
import io.erdma.model.vfio.sys.SharedMemory;
import io.erdma.model.vfio.wire.DmaMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of DMA addresses that a client gave the device, and what is behind them: memory of the client, mapped here if it can be, otherwise reached by messages.
 * Used by the thread of the connection.
 */
final class GuestMemory {
    /** Ranges at a time. A process can have some 65,000 mappings, and all clients of a card share one. */
    static final int MAX_RANGES = 2048;

    /** Bytes that all ranges may have together, for the same reason. */
    private static final long MAX_BYTES = 1L << 40;
    private static final long PAGE = 4096;

    private final DmaSpace space;
    private final DmaCalls calls;
    private final LeakLedger ledger;
    private final TreeMap<Long, Range> ranges = new TreeMap<>();
    private long mappedBytes;

    /** A range from its address, the key, on: near or far. */
    private record Range(long bytes, @Nullable SharedMemory near, @Nullable FarRange far) {}

    GuestMemory(DmaSpace space, DmaCalls calls, LeakLedger ledger) {
        this.space = space;
        this.calls = calls;
        this.ledger = ledger;
    }

    /**
     * Adds a range.
     *
     * @param flags {@link DmaMap#READABLE}, alone or with {@link DmaMap#WRITABLE}
     * @param offset in the file
     * @param file what is behind it, if anything can be mapped; stays the caller's
     * @return whether it is a memory file that was mapped
     * @throws ErrnoException EINVAL for values that can't be, EEXIST if it overlaps a range, ENOSPC if there are too many
     */
    boolean map(int flags, long offset, long address, long bytes, Optional<Descriptor> file) {
        if ((flags & ~(DmaMap.READABLE | DmaMap.WRITABLE)) != 0 || (flags & DmaMap.READABLE) == 0) {
            throw new ErrnoException(Errno.EINVAL, "DMA range with flags 0x%x".formatted(flags));
        }
        if (address < 0 || bytes <= 0 || address > Long.MAX_VALUE - bytes || ((address | bytes) & (PAGE - 1)) != 0) {
            throw new ErrnoException(Errno.EINVAL, "DMA range of 0x%x bytes at 0x%x".formatted(bytes, address));
        }
        Map.Entry<Long, Range> below = ranges.lowerEntry(address + bytes);
        if (below != null && below.getKey() + below.getValue().bytes() > address) {
            throw new ErrnoException(Errno.EEXIST, "DMA range at 0x%x is there already".formatted(address));
        }
        if (ranges.size() >= MAX_RANGES || (file.isPresent() && bytes > MAX_BYTES - mappedBytes)) {
            throw new ErrnoException(Errno.ENOSPC, "no DMA range of 0x%x bytes more".formatted(bytes));
        }
        boolean writable = (flags & DmaMap.WRITABLE) != 0;
        if (file.isPresent() && SharedMemory.isLasting(file.get())) {
            SharedMemory near = SharedMemory.map(file.get(), offset, bytes, writable, ledger);
            space.map(near.segment(), address, writable);
            mappedBytes += bytes;
            ranges.put(address, new Range(bytes, near, null));
            return true;
        }
        FarRange far = new FarRange(calls);
        space.map(far, address, bytes, writable);
        ranges.put(address, new Range(bytes, null, far));
        return false;
    }

    /** Takes a range away, when no engine uses it any more. ENOENT unless it is just what was added. */
    void unmap(long address, long bytes) {
        Range range = ranges.get(address);
        if (range == null || range.bytes() != bytes) {
            throw new ErrnoException(Errno.ENOENT, "no DMA range of 0x%x bytes at 0x%x".formatted(bytes, address));
        }
        ranges.remove(address);
        stop(range);
        space.unmap(address);
        close(range);
    }

    /** Takes all away. */
    void unmapAll() {
        List<Range> gone = new ArrayList<>(ranges.values());
        gone.forEach(GuestMemory::stop);
        space.unmapAll(ranges.keySet().stream().mapToLong(Long::longValue).toArray());
        ranges.clear();
        gone.forEach(this::close);
    }

    /** Engines that wait for the client do so no more: it may wait for us. */
    private static void stop(Range range) {
        if (range.far() != null) {
            range.far().close();
        }
    }

    private void close(Range range) {
        if (range.near() != null) {
            mappedBytes -= range.bytes();
            range.near().close();
        }
    }
}
