package io.erdma.verbs;

import io.erdma.hw.AccessRights;
import io.erdma.hw.PciIds;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.RegMr;
import io.erdma.verbs.memory.PageList;
import io.erdma.verbs.memory.TableTree;
import java.lang.foreign.MemorySegment;

/** Fills in REG_MR, one method a kind of MR; fields that the kind does not define stay 0 (device-interface §5.1, command 8). */
final class RegMrRequest {
    private static final int LENGTH_LOW_BITS = 32;
    private static final long LENGTH_LOW_MASK = (1L << LENGTH_LOW_BITS) - 1;
    private static final int ENTRIES_LOW_MASK = (1 << RegMr.NARROW_ENTRY_BITS) - 1;
    private static final int NARROW_LEVEL = 1;

    private RegMrRequest() {}

    /** A caller's memory. */
    static CommandBody user(MrHandle mr, int access, long iova, long length, PageList pages) {
        return (slot, at) -> {
            common(slot, at, mr, RegMr.TYPE_NORMAL, AccessRights.of(access));
            RegMr.setValid(slot, at, true);
            RegMr.setStartAddress(slot, at, iova);
            RegMr.setLengthLow(slot, at, length & LENGTH_LOW_MASK);
            RegMr.setPageShift(slot, at, pages.pageShift());
            table(slot, at, pages.level(), pages.entries());
            if (pages.level() == 0) {
                for (int i = 0; i < pages.entries(); i++) {
                    RegMr.setPage(slot, at, i, pages.inCommand(i));
                }
                return;
            }
            RegMr.setTableAddress(slot, at, pages.address());
            boolean wide = pages.level() > NARROW_LEVEL || length >>> LENGTH_LOW_BITS != 0
                    || pages.entries() > ENTRIES_LOW_MASK;
            if (wide) {
                RegMr.setVersion(slot, at, RegMr.VERSION_WIDE);
                RegMr.setLengthHigh(slot, at, length >>> LENGTH_LOW_BITS);
                RegMr.setMttEntriesHigh(slot, at, (int) (pages.entries() >>> RegMr.NARROW_ENTRY_BITS));
            }
        };
    }

    /** A fast-register MR: one table of 4096-byte pages, not valid, all rights but atomics. */
    static CommandBody fastRegister(MrHandle mr, TableTree pages) {
        return (slot, at) -> {
            common(slot, at, mr, RegMr.TYPE_FAST_REGISTER, AccessRights.ALL_BUT_ATOMIC);
            RegMr.setPageShift(slot, at, PciIds.PAGE_SHIFT);
            table(slot, at, pages.level(), pages.entries());
            RegMr.setTableAddress(slot, at, pages.rootAddress());
        };
    }

    /** All memory: "not valid", yet usable at once. */
    static CommandBody allMemory(MrHandle mr, int access) {
        return (slot, at) -> {
            common(slot, at, mr, RegMr.TYPE_DMA, AccessRights.of(access));
            RegMr.setPageShift(slot, at, RegMr.DMA_PAGE_SHIFT);
        };
    }

    private static void common(MemorySegment slot, long at, MrHandle mr, int type, int rights) {
        RegMr.setMptIndex(slot, at, mr.index());
        RegMr.setPd(slot, at, mr.pd().pdn());
        RegMr.setType(slot, at, type);
        RegMr.setRights(slot, at, rights);
    }

    private static void table(MemorySegment slot, long at, int level, long entries) {
        RegMr.setMttLevel(slot, at, level);
        RegMr.setMttEntriesLow(slot, at, (int) (entries & ENTRIES_LOW_MASK));
    }
}
