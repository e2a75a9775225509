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
        return strict || Math.max(bytes, alignment) > Slab.BYTES / 2
                ? alone(bytes, alignment)
                : fromSlab(bytes, alignment);
    }

    private DmaMemory alone(long bytes, long alignment) {
        Region region = Region.open(ledger, bytes, Math.max(alignment, Long.BYTES));
        try {
            return new Lone(region, map(region.segment(), alignment));
        } catch (RuntimeException e) {
            region.close();
            throw e;
        }
    }

    private DmaMemory fromSlab(long bytes, long alignment) {
        Place place = take(bytes, alignment);
        try {
            MemorySegment segment = place.slab.region().segment().asSlice(place.offset, bytes);
            segment.fill((byte) 0);
            return new Part(segment, map(segment, alignment), place.slab, place.offset);
        } catch (RuntimeException e) {
            giveBack(place.slab, place.offset);
            throw e;
        }
    }

    /** Where in a slab. */
    private record Place(Slab slab, long offset) {}

    private synchronized Place take(long bytes, long alignment) {
        for (Slab slab : slabs) {
            long offset = slab.take(bytes, alignment);
            if (offset >= 0) {
                return new Place(slab, offset);
            }
        }
        Slab slab = new Slab(Region.open(ledger, Slab.BYTES, MAX_ALIGNMENT));
        slabs.add(slab);
        return new Place(slab, slab.take(bytes, alignment));
    }

    private synchronized void giveBack(Slab slab, long offset) {
        slab.giveBack(offset);
    }

    /** Lets the device reach it, at a new address. */
    private long map(MemorySegment segment, long alignment) {
        long deviceAddress = addresses.take(segment.byteSize(), 0, Math.max(alignment, DeviceAddresses.PAGE));
        space.map(segment, deviceAddress, true);
        ledger.add(Resource.DMA_MEMORY, 1);
        ledger.add(Resource.DMA_BYTES, segment.byteSize());
        return deviceAddress;
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

    /** What the driver holds. */
    private abstract class Block implements DmaMemory {
        private final MemorySegment segment;
        private final long deviceAddress;
        private boolean closed; // under the lock of this

        Block(MemorySegment segment, long deviceAddress) {
            this.segment = segment;
            this.deviceAddress = deviceAddress;
        }

        @Override
        public final MemorySegment segment() {
            return segment;
        }

        @Override
        public final long deviceAddress() {
            return deviceAddress;
        }

        /** The device reaches it no more. */
        abstract void release();

        private synchronized boolean end() {
            boolean first = !closed;
            closed = true;
            return first;
        }

        @Override
        public final void close() {
            if (end()) {
                space.unmap(deviceAddress);
                release();
                ledger.add(Resource.DMA_MEMORY, -1);
                ledger.add(Resource.DMA_BYTES, -segment.byteSize());
            }
        }
    }

    /** A block of a slab. */
    private final class Part extends Block {
        private final Slab slab;
        private final long offset;

        Part(MemorySegment segment, long deviceAddress, Slab slab, long offset) {
            super(segment, deviceAddress);
            this.slab = slab;
            this.offset = offset;
        }

        @Override
        void release() {
            giveBack(slab, offset);
        }
    }

    /** A region of its own. */
    private final class Lone extends Block {
        private final Region region;

        Lone(Region region, long deviceAddress) {
            super(region.segment(), deviceAddress);
            this.region = region;
        }

        @Override
        void release() {
            region.close();
        }
    }
}
