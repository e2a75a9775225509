package io.erdma.model.device;

import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.DmaWindow;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A memory region: what an STag stands for. Checked and translated by any engine, inside its ticket.
 *
 * <p>Its terms (key, range, pages, rights) are written only while it is not valid and, for a fast-register region, after a grace period since it was; so
 * whoever finds it valid (acquire) sees all of them, and nobody looks at them while they change.
 */
final class MemoryRegion {
    /** {@link #check}: allowed. */
    static final int OK = 0;
    /** {@link #check}: no such STag, or not valid. Added to the syndromes' bases: the order is theirs. */
    static final int STAG = 1;
    /** {@link #check}: outside the region, or memory that is not there. */
    static final int ADDRESS = 2;
    /** {@link #check}: rights. */
    static final int RIGHTS = 3;
    /** {@link #check}: another PD. */
    static final int PD = 4;
    /** {@link #check}: the range wraps. */
    static final int WRAP = 5;

    /** What an unknown STag leads to. */
    static final MemoryRegion NONE = new MemoryRegion(new DmaSpace(new DmaDomain()), 0, Kind.NORMAL, 0, 0, 0);

    /** Any PD. */
    static final int ANY_PD = -1;

    private static final long[] NO_PAGES = {};
    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(MemoryRegion.class, "phase", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int INVALID = 0;
    private static final int CHANGING = 1;
    private static final int VALID = 2;

    /** Types of REG_MR. */
    enum Kind {
        NORMAL,
        FAST_REGISTER,
        DMA
    }

    private final DmaSpace space;
    private final int pd;
    private final Kind kind;
    /** Rights at most, and address and entries of the table: of a fast-register region. */
    private final int grantable;
    private final long table;
    private final int capacity;

    @SuppressWarnings("unused") // through PHASE
    private int phase;
    private int stag;
    private int rights;
    private long start;
    /** Offset of the last byte, unsigned: all memory has one byte more than a length can say. */
    private long last;
    /** Device address minus virtual address, if the pages lie in a row. */
    private long toDevice;
    /** The pages, if they don't. */
    private long @Nullable [] pages;
    private int pageShift;
    private long[] buffer = NO_PAGES;
    private long firstPage;
    private DmaWindow hint = DmaWindow.NONE;

    /** A region that is not valid yet. */
    MemoryRegion(DmaSpace space, int pd, Kind kind, int grantable, long table, int capacity) {
        this.space = space;
        this.pd = pd;
        this.kind = kind;
        this.grantable = grantable;
        this.table = table;
        this.capacity = capacity;
    }

    Kind kind() {
        return kind;
    }

    int pd() {
        return pd;
    }

    int grantable() {
        return grantable;
    }

    long table() {
        return table;
    }

    int capacity() {
        return capacity;
    }

    /** How many page addresses it keeps, or may keep. */
    int pagesKept() {
        long[] scattered = pages;
        return Math.max(capacity, scattered == null ? 0 : scattered.length);
    }

    boolean isValid() {
        return (int) PHASE.getAcquire(this) == VALID;
    }

    boolean isValidAs(int wanted) {
        return isValid() && stag == wanted;
    }

    /** Room for so many page addresses, kept from one registration to the next. */
    long[] pageBuffer(int count) {
        if (buffer.length < count) {
            buffer = new long[Math.max(count, Math.min(capacity, 2 * buffer.length))];
        }
        return buffer;
    }

    /** Claims an invalid region for new terms; {@link #open} or {@link #invalidate} must follow. */
    boolean beginChange() {
        return PHASE.compareAndSet(this, INVALID, CHANGING);
    }

    /** Stops all use; what is under way ends with the next grace period. */
    void invalidate() {
        PHASE.setVolatile(this, INVALID);
    }

    /** Makes it valid for all memory: device addresses are its virtual addresses. */
    void openAll(int newStag, int newRights) {
        stag = newStag;
        rights = newRights;
        start = 0;
        last = -1L;
        toDevice = 0;
        pages = null;
        PHASE.setRelease(this, VALID);
    }

    /**
     * Makes it valid.
     *
     * @param newLength bytes, from 1
     * @param pageAddresses of {@code 2^pageShift} bytes each, the first one holds the start; kept if the pages are scattered
     */
    void open(int newStag, int newRights, long newStart, long newLength, long[] pageAddresses, int count,
            int newPageShift) {
        stag = newStag;
        rights = newRights;
        start = newStart;
        last = newLength - 1;
        pageShift = newPageShift;
        firstPage = newStart & -(1L << newPageShift);
        boolean row = isRow(pageAddresses, count, newPageShift);
        toDevice = pageAddresses[0] - firstPage;
        pages = row ? null : pageAddresses;
        hint = DmaWindow.NONE;
        PHASE.setRelease(this, VALID);
    }

    private static boolean isRow(long[] pageAddresses, int count, int shift) {
        for (int i = 1; i < count; i++) {
            if (pageAddresses[i] != pageAddresses[0] + ((long) i << shift)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether a range may be used: {@link #OK}, or what is wrong with it. Whether its memory is there is another question.
     *
     * @param bytes from 1
     * @param right of {@link io.erdma.hw.AccessRights}
     */
    int check(int wantedStag, int wantedPd, long address, long bytes, int right) {
        if (!isValidAs(wantedStag)) {
            return STAG;
        }
        if (pd != wantedPd && pd != ANY_PD) {
            return PD;
        }
        if (Long.compareUnsigned(address + bytes - 1, address) < 0) {
            return WRAP;
        }
        long offset = address - start;
        if (Long.compareUnsigned(offset, last) > 0 || Long.compareUnsigned(bytes - 1, last - offset) > 0) {
            return ADDRESS;
        }
        return (rights & right) == right ? OK : RIGHTS;
    }

    /** The window that holds a whole range that {@link #check} has passed, if there is one that does; else {@link DmaWindow#NONE}. */
    DmaWindow window(long address, long bytes, boolean toWrite) {
        if (pages != null && runBytes(address) < bytes) {
            return DmaWindow.NONE;
        }
        long device = deviceAddress(address);
        DmaWindow window = hint;
        if (window.isOpen() && window.contains(device, bytes) && (window.writable() || !toWrite)) {
            return window;
        }
        window = space.find(device, bytes, toWrite);
        if (window != DmaWindow.NONE) {
            hint = window;
        }
        return window;
    }

    /** Whether all memory of a range that {@link #check} has passed is there. */
    boolean isReachable(long address, long bytes, boolean toWrite) {
        if (window(address, bytes, toWrite) != DmaWindow.NONE) {
            return true;
        }
        for (long done = 0; done < bytes;) {
            long run = Math.min(bytes - done, runBytes(address + done));
            if (!HostMemory.isReachable(space, deviceAddress(address + done), run, toWrite)) {
                return false;
            }
            done += run;
        }
        return true;
    }

    /** Device address of a byte of the region. */
    long deviceAddress(long address) {
        long[] scattered = pages;
        if (scattered == null) {
            return address + toDevice;
        }
        long inRegion = address - firstPage;
        return scattered[(int) (inRegion >>> pageShift)] + (inRegion & ((1L << pageShift) - 1));
    }

    /** How many bytes from an address lie in a row in device addresses, at least. */
    long runBytes(long address) {
        return pages == null ? Long.MAX_VALUE : (1L << pageShift) - ((address - firstPage) & ((1L << pageShift) - 1));
    }

    /** Window of the byte at an address, or {@link DmaWindow#NONE}. */
    DmaWindow windowAt(long address) {
        long device = deviceAddress(address);
        DmaWindow window = hint;
        if (window.isOpen() && window.contains(device, 1)) {
            return window;
        }
        window = space.find(device);
        if (window != DmaWindow.NONE) {
            hint = window;
        }
        return window;
    }
}
