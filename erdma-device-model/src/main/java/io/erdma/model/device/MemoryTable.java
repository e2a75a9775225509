package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.AccessRights;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** All memory regions of a function, by the index in their STag, and the region of all memory that the local DMA key stands for. */
final class MemoryTable {
    private static final int KEY_BITS = 8;

    private final AtomicReferenceArray<@Nullable MemoryRegion> regions;
    private final int localDmaKey;
    private final MemoryRegion allMemory;

    MemoryTable(DmaSpace space, int size, int localDmaKey) {
        this.regions = new AtomicReferenceArray<>(size);
        this.localDmaKey = localDmaKey;
        this.allMemory = new MemoryRegion(space, MemoryRegion.ANY_PD, MemoryRegion.Kind.DMA, 0, 0, 0);
        allMemory.openAll(localDmaKey, AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE);
    }

    /** The region that an STag of a peer names, whatever its key; {@link MemoryRegion#NONE} if there is none. */
    MemoryRegion find(int stag) {
        return at(stag >>> KEY_BITS);
    }

    /** As {@link #find} for an own SGE of a kernel QP, which may have the local DMA key. */
    MemoryRegion findLocal(int stag) {
        return stag == localDmaKey ? allMemory : at(stag >>> KEY_BITS);
    }

    /** The region of an index, or {@link MemoryRegion#NONE}. */
    MemoryRegion at(int index) {
        if (index >= regions.length()) {
            return MemoryRegion.NONE;
        }
        MemoryRegion region = regions.getAcquire(index);
        return region != null ? region : MemoryRegion.NONE;
    }

    int size() {
        return regions.length();
    }

    /** Puts a region in; it has been made valid, or will be by a work request. */
    void put(int index, MemoryRegion region) {
        regions.setRelease(index, region);
    }

    /** Takes a region out. */
    void remove(int index) {
        regions.set(index, null);
    }
}
