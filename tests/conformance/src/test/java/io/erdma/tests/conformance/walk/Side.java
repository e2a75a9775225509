package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.Access;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** One host as it must be: the bytes of its memory, and what its keys stand for. */
final class Side {
    /** Bytes of its memory: some pages, so that regions cross them. */
    static final int BYTES = 16 << 10;
    static final int PAGE = 4096;

    private final int number;
    private final long base;
    private final long[] pages;
    private final int localDmaKey;
    private final MemorySegment memory = MemorySegment.ofArray(new byte[BYTES]);
    private final Map<Integer, Region> keys = new HashMap<>();
    private final Map<Integer, Qp> numbers = new HashMap<>();
    private final Region everything;

    /**
     * @param base address of the memory
     * @param pages device address of each of its pages
     * @param kernel whether the local DMA key may be used
     */
    Side(int number, long base, long[] pages, int localDmaKey, boolean kernel) {
        this.number = number;
        this.base = base;
        this.pages = pages;
        this.localDmaKey = localDmaKey;
        this.everything = Region.everything(this);
        if (kernel) {
            keys.put(localDmaKey, everything);
        }
    }

    int number() {
        return number;
    }

    /** Its bytes, as they must be. */
    MemorySegment memory() {
        return memory;
    }

    int localDmaKey() {
        return localDmaKey;
    }

    long address(long at) {
        return base + at;
    }

    /** Device address of a byte. */
    long deviceAddress(long at) {
        return pages[(int) (at / PAGE)] + at % PAGE;
    }

    /** Where in the memory device addresses lead; -1 where nothing is, or not in one piece. */
    long at(long deviceAddress, long bytes) {
        for (int page = 0; page < pages.length; page++) {
            long inPage = deviceAddress - pages[page];
            if (inPage >= 0 && inPage + bytes <= PAGE) {
                return (long) page * PAGE + inPage;
            }
        }
        return -1;
    }

    /** A key was given out. */
    void register(Region region) {
        Region before = keys.put(region.key(), region);
        if (before != null) {
            throw new Mismatch("key 0x%x was given out twice".formatted(region.key()));
        }
    }

    void deregister(Region region) {
        keys.remove(region.key());
    }

    /** QP numbers of those that exist. */
    Map<Integer, Qp> numbers() {
        return numbers;
    }

    /**
     * Whether a QP of a PD may use a range: the first thing that speaks against it.
     *
     * @param right what for; null to read as its own source
     * @param own whether the own side asks, and not the peer
     */
    Fault check(int key, Pd pd, long address, long bytes, Access right, boolean own) {
        Region region = own || key != localDmaKey ? keys.get(key) : null;
        if (region == null) {
            return Fault.KEY;
        }
        if (region != everything && region.pd() != pd) {
            return Fault.PD;
        }
        if (Long.compareUnsigned(address + bytes - 1, address) < 0) {
            return Fault.WRAP;
        }
        if (!region.covers(address, bytes)) {
            return Fault.ADDRESS;
        }
        if (right != null && !right.in(region.access())) {
            return Fault.RIGHTS;
        }
        return region.at(address, bytes) < 0 ? Fault.ADDRESS : Fault.NONE;
    }

    /** The bytes of a range that {@link #check} found good. */
    byte[] read(int key, long address, int bytes) {
        return memory.asSlice(keys.get(key).at(address, bytes), bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Stores into a range that {@link #check} found good. */
    void write(int key, long address, byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, keys.get(key).at(address, bytes.length),
                bytes.length);
    }

    @Override
    public String toString() {
        return number == 0 ? "alice" : "bob";
    }
}
