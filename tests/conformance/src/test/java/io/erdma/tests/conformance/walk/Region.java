package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.Access;

/** An MR as it must be. */
final class Region {
    private static final long OTHER_ADDRESSES = 0x7000_0000_0000L;

    private final Side side;
    private final Pd pd;
    private final long at;
    private final long bytes;
    private final long start;
    private final boolean all;
    private final int access;
    private int key;
    private boolean open = true;

    private Region(Side side, Pd pd, long at, long bytes, long start, boolean all, int access) {
        this.side = side;
        this.pd = pd;
        this.at = at;
        this.bytes = bytes;
        this.start = start;
        this.all = all;
        this.access = access;
    }

    /** Some memory, by its own address or another one. */
    static Region of(Pd pd, long at, long bytes, int access, boolean elsewhere) {
        return new Region(pd.side(), pd, at, bytes, iova(pd.side().address(at), elsewhere ? 1 : 0), false, access);
    }

    /** All memory of a PD. */
    static Region allMemory(Pd pd, int access) {
        return new Region(pd.side(), pd, 0, Side.BYTES, 0, true, access);
    }

    /** What the local DMA key stands for. */
    static Region everything(Side side) {
        return new Region(side, null, 0, Side.BYTES, 0, true, Access.LOCAL_WRITE.bit());
    }

    /**
     * The address by which memory is to be registered.
     *
     * @param shift 0: its own; 1: another one; 2: one that agrees with no page
     */
    static long iova(long address, long shift) {
        return shift == 0 ? address : OTHER_ADDRESSES + address % Side.PAGE + (shift == 2 ? Long.BYTES : 0);
    }

    Side side() {
        return side;
    }

    Pd pd() {
        return pd;
    }

    int access() {
        return access;
    }

    /** The address by which its first byte is named; 0 for all memory. */
    long start() {
        return start;
    }

    long bytes() {
        return bytes;
    }

    boolean isAllMemory() {
        return all;
    }

    int key() {
        return key;
    }

    void setKey(int given) {
        key = given;
    }

    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }

    /** The address by which a byte is named. */
    long address(long offset) {
        return all && offset >= 0 && offset < Side.BYTES ? side.deviceAddress(offset) : start + offset;
    }

    boolean covers(long address, long length) {
        long offset = address - start;
        return all || (offset >= 0 && offset <= bytes && length <= bytes - offset);
    }

    /** Where a range is in the side's memory; -1 if it is nowhere, or not in one piece. */
    long at(long address, long length) {
        return all ? side.at(address, length) : at + address - start;
    }
}
