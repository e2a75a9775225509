package io.erdma.model.device;

import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.PciIds;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.Syndrome;
import java.lang.foreign.MemorySegment;

/** REG_MR and LOCAL_INV: requests that change the own protection table, in order with the others (device-behaviour §3). */
final class LocalOperations {
    private LocalOperations() {}

    static int execute(EngineContext context, SendQueue sends, long header, MemorySegment entry, long at) {
        if (SqeHeader.sglLength(header) != 0) {
            return Requester.badRequest(sends);
        }
        return SqeHeader.opcode(header) == SqOpcode.REG_MR
                ? register(sends, header, entry, at)
                : localInvalidate(context, sends, header, entry, at);
    }

    private static int localInvalidate(EngineContext context, SendQueue sends, long header, MemorySegment entry,
            long at) {
        if (SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(SqeLocalInv.BYTES)) {
            return Requester.badRequest(sends);
        }
        int stag = SqeLocalInv.stag(entry, at);
        int wrong = checkInvalidate(sends.qp(), stag);
        if (wrong == Syndrome.SUCCESS) {
            invalidate(context, sends, stag);
        }
        return wrong;
    }

    /** Whether a QP may invalidate an own STag: a valid fast-register region of its PD. */
    static int checkInvalidate(QueuePair qp, int stag) {
        MemoryRegion region = qp.memory().find(stag);
        if (!region.isValidAs(stag)) {
            return Syndrome.LOCAL_STAG;
        }
        if (region.pd() != qp.pd()) {
            return Syndrome.LOCAL_PD;
        }
        return region.kind() == MemoryRegion.Kind.FAST_REGISTER ? Syndrome.SUCCESS : Syndrome.LOCAL_RIGHTS;
    }

    /** Invalidates; when this returns nobody uses the region any more. The ticket is left meanwhile. */
    static void invalidate(EngineContext context, SendQueue sends, int stag) {
        sends.qp().memory().find(stag).invalidate();
        context.quiesce();
    }

    private static int register(SendQueue sends, long header, MemorySegment entry, long at) {
        int entries = SqeRegMr.mttEntries(entry, at);
        int place = SqeRegMr.mttType(entry, at);
        boolean inline = place == SqeRegMr.MTT_INLINE;
        int bytes = SqeRegMr.PAGES_OFFSET + (inline ? entries << Mtt.ENTRY_SHIFT : 0);
        if (entries < 1 || entries > (inline ? Mtt.INLINE_ENTRIES : Limits.FAST_REGISTER_MAX_ENTRIES)
                || place > SqeRegMr.MTT_TABLE
                || SqeHeader.wqebbCount(header) != SqeHeader.wqebbs(bytes)) {
            return Requester.badRequest(sends);
        }
        QueuePair qp = sends.qp();
        int stag = SqeRegMr.stag(entry, at);
        MemoryRegion region = qp.memory().find(stag);
        if (region.kind() != MemoryRegion.Kind.FAST_REGISTER || region.isValid()) {
            return Syndrome.LOCAL_STAG;
        }
        if (region.pd() != qp.pd()) {
            return Syndrome.LOCAL_PD;
        }
        long start = SqeRegMr.address(entry, at);
        long length = SqeRegMr.length(entry, at);
        if (length > 0 && Long.compareUnsigned(start + length - 1, start) < 0) {
            return Syndrome.LOCAL_WRAP;
        }
        long inFirst = start & (PciIds.PAGE_BYTES - 1);
        if (entries > region.capacity() || length < 1 || inFirst + length > (long) entries << PciIds.PAGE_SHIFT) {
            return Syndrome.LOCAL_ADDRESS;
        }
        int rights = SqeRegMr.rights(entry, at);
        if ((rights & ~region.grantable()) != 0) {
            return Syndrome.LOCAL_RIGHTS;
        }
        if (!region.beginChange()) {
            return Syndrome.LOCAL_STAG;
        }
        long[] pages = region.pageBuffer(entries);
        if (inline) {
            for (int i = 0; i < entries; i++) {
                pages[i] = Mtt.entry(entry, at + SqeRegMr.PAGES_OFFSET, i);
            }
        } else if (!PageList.read(qp.session().space(), region.table(), pages, entries)) {
            region.invalidate();
            return Syndrome.LOCAL_ADDRESS;
        }
        region.open(stag, rights, start, length, pages, entries, PciIds.PAGE_SHIFT);
        return Syndrome.SUCCESS;
    }
}
