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

/**
 * Coherent allocations of one function: blocks of slabs, or in strict mode and for large sizes an arena each. Every block has a window of its own
 * and fresh device addresses, so the device reaches none that was given back, in either mode.
 */
final class CoherentMemory {
    private static final long MAX_ALIGNMENT = 1L << 20;
    private static final long MAX_BYTES = 1L << 40;

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
        if (bytes > MAX_BYTES) {
            throw new ErrnoException(Errno.ENOMEM, "coherent memory of " + bytes + " bytes");
        }
        Storage storage = strict || Math.max(bytes, alignment) > Slab.BYTES / 2
                ? alone(bytes, alignment)
                : fromSlab(bytes, alignment);
        try {
            long deviceAddress = addresses.take(bytes, 0, Math.max(alignment, DeviceAddresses.PAGE));
            space.map(storage.segment(), deviceAddress, true);
            ledger.add(Resource.DMA_MEMORY, 1);
            ledger.add(Resource.DMA_BYTES, bytes);
            return new Block(storage, deviceAddress);
        } catch (RuntimeException e) {
            storage.release().run();
            throw e;
        }
    }

    private Storage alone(long bytes, long alignment) {
        Region region = Region.open(ledger, bytes, Math.max(alignment, Long.BYTES));
        return new Storage(region.segment(), region::close);
    }

    private synchronized Storage fromSlab(long bytes, long alignment) {
        for (Slab slab : slabs) {
            long offset = slab.take(bytes, alignment);
            if (offset >= 0) {
                return block(slab, offset, bytes);
            }
        }
        Slab slab = new Slab(Region.open(ledger, Slab.BYTES, MAX_ALIGNMENT));
        slabs.add(slab);
        return block(slab, slab.take(bytes, alignment), bytes);
    }

    private Storage block(Slab slab, long offset, long bytes) {
        MemorySegment segment = slab.region().segment().asSlice(offset, bytes);
        segment.fill((byte) 0);
        return new Storage(segment, () -> giveBack(slab, offset));
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

    /** Memory of an arena of its own. */
    record Region(LeakLedger ledger, Arena arena, MemorySegment segment) {
        @SuppressWarnings("MustBeClosedChecker") // the region owns the arena and closes it
        static Region open(LeakLedger ledger, long bytes, long alignment) {
            Arena arena = Arena.ofShared();
            try {
                Region region = new Region(ledger, arena, arena.allocate(bytes, alignment));
                ledger.add(Resource.ARENA, 1);
                return region;
            } catch (OutOfMemoryError e) {
                arena.close();
                throw new ErrnoException(Errno.ENOMEM, "no native memory for " + bytes + " bytes", e);
            }
        }

        void close() {
            arena.close();
            ledger.add(Resource.ARENA, -1);
        }
    }

    /** Host memory of a block and how to give it back. */
    private record Storage(MemorySegment segment, Runnable release) {}

    /** What the driver holds. */
    private final class Block implements DmaMemory {
        private final Storage storage;
        private final long deviceAddress;
        private final AtomicBoolean closed = new AtomicBoolean();

        Block(Storage storage, long deviceAddress) {
            this.storage = storage;
            this.deviceAddress = deviceAddress;
        }

        @Override
        public MemorySegment segment() {
            return storage.segment();
        }

        @Override
        public long deviceAddress() {
            return deviceAddress;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                space.unmap(deviceAddress);
                storage.release().run();
                ledger.add(Resource.DMA_MEMORY, -1);
                ledger.add(Resource.DMA_BYTES, -storage.segment().byteSize());
            }
        }
    }
}
