package io.erdma.hw.abi;

import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.PciIds;
import io.erdma.hw.SqeHeader;

/** Figures of the user ABI beside its structs. Data sheet: §10. */
public final class UserAbi {
    /** {@code ERDMA_ABI_VERSION}. */
    public static final int VERSION = 1;

    /** {@link UrespAllocCtx#sdbType}: the whole page; what the driver always says. */
    public static final int SDB_PAGE = 0;
    /** {@link UrespAllocCtx#sdbType}: one entry of the page; only the provider knows it. */
    public static final int SDB_ENTRY = 1;
    /** Bytes of such an entry. */
    public static final int SDB_ENTRY_BYTES = 256;

    /** Where the RQ's doorbell record is, counted from the SQ's. */
    public static final int RQ_RECORD_OFFSET = DoorbellRecord.BYTES;
    /** A context response buffer below this many bytes is EINVAL. */
    public static final int MIN_CONTEXT_RESPONSE_BYTES = UrespAllocCtx.BYTES;
    /** Entries that the provider rounds a CQ up to. */
    public static final int MIN_CQES = 64;

    private UserAbi() {}

    /** Where the RQ begins in a user QP's buffer, in bytes: the first page behind the SQ's WQEBBs. */
    public static long rqOffset(int sqDepth) {
        return ((long) sqDepth * SqeHeader.WQEBB_BYTES + PciIds.PAGE_BYTES - 1) & -PciIds.PAGE_BYTES;
    }
}
