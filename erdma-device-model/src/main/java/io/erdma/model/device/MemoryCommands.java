package io.erdma.model.device;

import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.PciIds;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.RegMr;
import java.lang.foreign.MemorySegment;

/** REG_MR, DEREG_MR. */
final class MemoryCommands {
    private static final int KEY_BITS = 8;
    private static final int RIGHTS = 0x1F;
    /** Page addresses that the function keeps at most, all its regions together. */
    private static final long MOST_PAGES = 16 << 20;

    private final Session session;
    private long pagesKept;

    MemoryCommands(Session session) {
        this.session = session;
    }

    CommandResponse register(MemorySegment command) {
        int index = RegMr.mptIndex(command, 0);
        int pd = RegMr.pd(command, 0);
        int rights = RegMr.rights(command, 0) & RIGHTS;
        int stag = index << KEY_BITS | RegMr.key(command, 0);
        Refusal.unless(index < session.memory().size(), "MPT index", index);
        Refusal.unless(session.memory().at(index) == MemoryRegion.NONE, "there is an MR", index);
        Refusal.unless(pd < Limits.PDS, "PD", pd);
        MemoryRegion region = switch (RegMr.type(command, 0)) {
            case RegMr.TYPE_NORMAL -> normal(command, stag, pd, rights);
            case RegMr.TYPE_FAST_REGISTER -> fastRegister(command, pd, rights);
            case RegMr.TYPE_DMA -> allMemory(stag, pd, rights);
            default -> throw new Refusal("MR type " + RegMr.type(command, 0));
        };
        session.memory().put(index, region);
        pagesKept += region.pagesKept();
        return CommandResponse.NONE;
    }

    private MemoryRegion allMemory(int stag, int pd, int rights) {
        MemoryRegion region = new MemoryRegion(session.space(), pd, MemoryRegion.Kind.DMA, rights, 0, 0);
        region.openAll(stag, rights);
        return region;
    }

    private MemoryRegion fastRegister(MemorySegment command, int pd, int rights) {
        long capacity = RegMr.mttEntries(command, 0);
        long table = RegMr.tableAddress(command, 0);
        Refusal.unless(!RegMr.valid(command, 0), "valid bit of a fast-register MR", 1);
        Refusal.unless(RegMr.pageShift(command, 0) == PciIds.PAGE_SHIFT, "log2 of the page size",
                RegMr.pageShift(command, 0));
        Refusal.unless(RegMr.mttLevel(command, 0) == 1, "MTT level of a fast-register MR", RegMr.mttLevel(command, 0));
        Refusal.unless(capacity >= 1 && capacity <= Limits.FAST_REGISTER_MAX_ENTRIES, "MTT entries", capacity);
        Refusal.unless((table & (Mtt.ENTRY_BYTES - 1)) == 0
                && HostMemory.isReachable(session.space(), table, capacity << Mtt.ENTRY_SHIFT, false), "MTT at", table);
        Refusal.unless(pagesKept + capacity <= MOST_PAGES, "no room for page addresses:", capacity);
        return new MemoryRegion(session.space(), pd, MemoryRegion.Kind.FAST_REGISTER, rights, table, (int) capacity);
    }

    private MemoryRegion normal(MemorySegment command, int stag, int pd, int rights) {
        int shift = RegMr.pageShift(command, 0);
        long start = RegMr.startAddress(command, 0);
        long length = RegMr.length(command, 0);
        long entries = RegMr.mttEntries(command, 0);
        Refusal.unless(RegMr.valid(command, 0), "valid bit of a normal MR", 0);
        Refusal.unless(RegMr.version(command, 0) <= RegMr.VERSION_WIDE, "version", RegMr.version(command, 0));
        Refusal.unless(shift >= Limits.MR_PAGE_SHIFT_MIN && shift <= Limits.MR_PAGE_SHIFT_MAX, "log2 of the page size",
                shift);
        Refusal.unless(length >= 1 && length <= 1L << session.spec().maxMrSizeLog2(), "MR length", length);
        Refusal.unless(Long.compareUnsigned(start + length - 1, start) >= 0, "MR wraps from", start);
        long inFirst = start & ((1L << shift) - 1);
        Refusal.unless(entries >= 1 && entries == (inFirst + length + (1L << shift) - 1) >>> shift, "MTT entries",
                entries);
        Refusal.unless(pagesKept + entries <= MOST_PAGES, "no room for page addresses:", entries);
        long[] pages = pages(command, (int) entries);
        checkReachable(pages, shift, inFirst, length);
        MemoryRegion region = new MemoryRegion(session.space(), pd, MemoryRegion.Kind.NORMAL, rights, 0, 0);
        region.open(stag, rights, start, length, pages, pages.length, shift);
        return region;
    }

    private long[] pages(MemorySegment command, int entries) {
        int level = RegMr.mttLevel(command, 0);
        if (level == 0) {
            Refusal.unless(entries <= Mtt.INLINE_ENTRIES, "MTT entries at level 0:", entries);
            long[] pages = new long[entries];
            for (int i = 0; i < entries; i++) {
                pages[i] = RegMr.page(command, 0, i);
            }
            return pages;
        }
        Refusal.unless(level == 1 || session.spec().scatteredMtt(), "MTT level without the capability:", level);
        Refusal.unless(level == 1 || RegMr.mttPageShift(command, 0) == PciIds.PAGE_SHIFT, "log2 of the MTT page size",
                RegMr.mttPageShift(command, 0));
        long table = RegMr.tableAddress(command, 0);
        long[] pages = PageList.read(session.space(), table, level, entries);
        if (pages == null) {
            throw new Refusal("MTT at 0x" + Long.toHexString(table) + " can't be read");
        }
        return pages;
    }

    /** Only what the region covers of its pages has to be there. */
    private void checkReachable(long[] pages, int shift, long inFirst, long length) {
        long page = 1L << shift;
        for (int i = 0; i < pages.length; i++) {
            long from = i == 0 ? inFirst : 0;
            long end = Math.min(page, inFirst + length - ((long) i << shift));
            Refusal.unless(HostMemory.isReachable(session.space(), pages[i] + from, end - from, false), "MR page at",
                    pages[i]);
        }
    }

    CommandResponse deregister(EngineContext context, MemorySegment command) {
        int index = DeregMr.mptIndex(command, 0);
        MemoryRegion region = session.memory().at(index);
        Refusal.unless(region != MemoryRegion.NONE, "no MR", index);
        session.memory().remove(index);
        region.invalidate();
        context.quiesce();
        pagesKept -= region.pagesKept();
        return CommandResponse.NONE;
    }
}
