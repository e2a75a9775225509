package io.erdma.provider;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Mmio;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.hw.abi.UserAbi;
import io.erdma.verbs.UserContext;
import java.lang.foreign.MemorySegment;

/** The mapped doorbell pages of a context, and where in them a queue rings (provider: {@code erdma_alloc_context}, {@code alloc_qp}; device-interface §2). */
final class Doorbells {
    private static final int ENTRY_BYTES = Long.BYTES;

    private final Mmio sends;
    private final Mmio receives;
    private final Mmio completions;
    private final int sendType;
    private final long sendEntry;

    private Doorbells(UserContext kernel, MemorySegment response) {
        this.sendType = UrespAllocCtx.sdbType(response, 0);
        this.sendEntry = Integer.toUnsignedLong(UrespAllocCtx.sdbOffset(response, 0)) * UserAbi.SDB_ENTRY_BYTES;
        this.sends = map(kernel, UrespAllocCtx.sdb(response, 0));
        this.receives = map(kernel, UrespAllocCtx.rdb(response, 0));
        this.completions = map(kernel, UrespAllocCtx.cdb(response, 0));
    }

    /** Maps what a context's response says. EIO: it says what this provider does not know. */
    static Doorbells map(UserContext kernel, MemorySegment response) {
        Doorbells mapped = new Doorbells(kernel, response);
        boolean known = mapped.sendType == UserAbi.SDB_PAGE || (mapped.sendType == UserAbi.SDB_ENTRY
                && mapped.sendEntry < DoorbellSpace.PAGE_BYTES);
        if (!known) {
            throw new ErrnoException(Errno.EIO, "SQ doorbells of type " + mapped.sendType);
        }
        return mapped;
    }

    private static Mmio map(UserContext kernel, long offset) {
        return kernel.mmap(offset, DoorbellSpace.PAGE_BYTES);
    }

    Mmio sends(int qpn) {
        return sends.slice(sendType == UserAbi.SDB_ENTRY ? sendEntry : DoorbellSpace.sqInPage(qpn), ENTRY_BYTES);
    }

    Mmio receives(int qpn) {
        return receives.slice(DoorbellSpace.rqInPage(qpn), ENTRY_BYTES);
    }

    Mmio completions(int cqn) {
        return completions.slice(DoorbellSpace.cqInPage(cqn), ENTRY_BYTES);
    }
}
