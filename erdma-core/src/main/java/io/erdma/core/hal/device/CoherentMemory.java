package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Coherent allocations of one function: blocks of slabs, or in strict mode and for large sizes an arena each. */
final class CoherentMemory {
    private static final long MAX_ALIGNMENT = 1L << 20;

    private final DmaSpace space;
    private final DeviceAddresses addresses;
    private final LeakLedger ledger;
    private final boolean strict;
    private final List<Slab> slabs = new ArrayList<>();

    CoherentMemory(DmaSpace space, DeviceAddresses addresses, LeakLedger ledger, boolean strict) {
        this.space = space;
        this.addresses = addresses;
        this.ledger = ledger;
        this.strict = strict;
    }

    DmaMemory allocate(long bytes, long alignment) {
        if (bytes < 1 || alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw new ErrnoException(Errno.EINVAL, "coherent memory of " + bytes + " bytes aligned to " + alignment);
        }
        DmaMemory memory = strict || Math.max(bytes, alignment) > Slab.BYTES / 2
                ? alone(bytes, alignment)
                : fromSlab(bytes, alignment);
        ledger.add(Resource.DMA_MEMORY, 1);
        ledger.add(Resource.DMA_BYTES, bytes);
        return memory;
    }

    private DmaMemory alone(long bytes, long alignment) {
        Region region = Region.open(space, addresses, ledger, bytes, Math.max(alignment, 8));
        return new Block(region.segment(), region.deviceAddress(), region::close);
    }

    private synchronized DmaMemory fromSlab(long bytes, long alignment) {
        for (Slab slab : slabs) {
            long offset = slab.take(bytes, alignment);
            if (offset >= 0) {
                return block(slab, offset, bytes);
            }
        }
        Slab slab = new Slab(Region.open(space, addresses, ledger, Slab.BYTES, MAX_ALIGNMENT));
        slabs.add(slab);
        return block(slab, slab.take(bytes, alignment), bytes);
    }

    private DmaMemory block(Slab slab, long offset, long bytes) {
        MemorySegment segment = slab.region().segment().asSlice(offset, bytes);
        segment.fill((byte) 0);
        return new Block(segment, slab.region().deviceAddress() + offset, () -> giveBack(slab, offset));
    }

    private synchronized void giveBack(Slab slab, long offset) {
        slab.giveBack(offset);
    }

    /** Closes the slabs that nothing is left of. */
    synchronized void trim() {
        slabs.removeIf(slab -> {
            boolean empty = slab.isEmpty();
            if (empty) {
                slab.region().close();
            }
            return empty;
        });
    }

    /** Memory of an arena of its own with a window on it. */
    record Region(DmaSpace space, LeakLedger ledger, Arena arena, MemorySegment segment, long deviceAddress) {
        @SuppressWarnings("MustBeClosedChecker") // the region owns the arena and closes it
        static Region open(DmaSpace space, DeviceAddresses addresses, LeakLedger ledger, long bytes, long alignment) {
            Arena arena = Arena.ofShared();
            try {
                MemorySegment segment = arena.allocate(bytes, alignment);
                long deviceAddress = addresses.take(bytes, 0, Math.max(alignment, 4096));
                space.map(segment, deviceAddress, true);
                ledger.add(Resource.ARENA, 1);
                return new Region(space, ledger, arena, segment, deviceAddress);
            } catch (OutOfMemoryError e) {
                arena.close();
                throw new ErrnoException(Errno.ENOMEM, "no native memory for " + bytes + " bytes", e);
            }
        }

        void close() {
            space.unmap(deviceAddress);
            arena.close();
            ledger.add(Resource.ARENA, -1);
        }
    }

    /** What the driver holds. */
    private final class Block implements DmaMemory {
        private final MemorySegment segment;
        private final long deviceAddress;
        private final long bytes;
        private final Runnable release;
        private final AtomicBoolean closed = new AtomicBoolean();

        Block(MemorySegment segment, long deviceAddress, Runnable release) {
            this.segment = segment;
            this.deviceAddress = deviceAddress;
            this.bytes = segment.byteSize();
            this.release = release;
        }

        @Override
        public MemorySegment segment() {
            return segment;
        }

        @Override
        public long deviceAddress() {
            return deviceAddress;
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            release.run();
            ledger.add(Resource.DMA_MEMORY, -1);
            ledger.add(Resource.DMA_BYTES, -bytes);
        }
    }
}
