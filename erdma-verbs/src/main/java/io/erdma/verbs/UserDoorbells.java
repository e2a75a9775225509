package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Mmio;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.hw.abi.UserAbi;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.FreeDb;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The three doorbell pages of a user context: its own where the device has extended doorbells, else those that all contexts share (kernel:
 * {@code alloc_db_resources}, {@code erdma_mmap}). Each page is named as what is rung in it (defect 9). Thread-safe.
 */
final class UserDoorbells {
    private static final Logger LOG = LoggerFactory.getLogger(UserDoorbells.class);

    // Offsets for mmap; they mean nothing but "the first, second, third".
    private static final long SQ_MAP = 0;
    private static final long RQ_MAP = DoorbellSpace.PAGE_BYTES;
    private static final long CQ_MAP = 2L * DoorbellSpace.PAGE_BYTES;

    private final DeviceParts parts;
    private final boolean own;
    private final int sqPage;
    private final int rqPage;
    private final int cqPage;
    private final AtomicBoolean revoked = new AtomicBoolean();

    private UserDoorbells(DeviceParts parts, boolean own, int sqPage, int rqPage, int cqPage) {
        this.parts = parts;
        this.own = own;
        this.sqPage = sqPage;
        this.rqPage = rqPage;
        this.cqPage = cqPage;
    }

    /**
     * Pages for a context.
     *
     * @throws ErrnoException EIO: the device has none left, or answers with pages that can't be a context's; the command channel's other errors
     */
    static UserDoorbells allocate(DeviceParts parts) {
        if (!parts.capabilities().extendedDoorbells()) {
            return new UserDoorbells(parts, false, DoorbellSpace.SHARED_SQ_PAGE, DoorbellSpace.SHARED_RQ_PAGE,
                    DoorbellSpace.SHARED_CQ_PAGE);
        }
        CommandResponse given = parts.commands().execute(CommandOpcode.ALLOC_DB, (slot, at) -> {
            AllocDb.setSq(slot, at, true);
            AllocDb.setRq(slot, at, true);
            AllocDb.setCq(slot, at, true);
        });
        UserDoorbells pages = new UserDoorbells(parts, true, AllocDbResponse.sqPage(given),
                AllocDbResponse.rqPage(given), AllocDbResponse.cqPage(given));
        if (!pages.areForUsers()) {
            pages.free();
            throw new ErrnoException(Errno.EIO, pages + " cannot be a context's");
        }
        return pages;
    }

    private boolean areForUsers() {
        return parts.doorbells().isForUsers(sqPage) && parts.doorbells().isForUsers(rqPage)
                && parts.doorbells().isForUsers(cqPage) && sqPage != rqPage && rqPage != cqPage && cqPage != sqPage;
    }

    /** Says in a context's response where they are to be mapped. */
    void describe(MemorySegment response) {
        UrespAllocCtx.setSdbType(response, 0, UserAbi.SDB_PAGE);
        UrespAllocCtx.setSdb(response, 0, SQ_MAP);
        UrespAllocCtx.setRdb(response, 0, RQ_MAP);
        UrespAllocCtx.setCdb(response, 0, CQ_MAP);
    }

    /** A page for the program. EINVAL: another offset, or another length than the page's. */
    Mmio map(long offset, long bytes) {
        if (bytes != DoorbellSpace.PAGE_BYTES || (offset != SQ_MAP && offset != RQ_MAP && offset != CQ_MAP)) {
            throw new ErrnoException(Errno.EINVAL,
                    "%d bytes at offset 0x%x are no doorbell page".formatted(bytes, offset));
        }
        int page = offset == SQ_MAP ? sqPage : offset == RQ_MAP ? rqPage : cqPage;
        return new DoorbellSlice(parts.doorbells().page(page), revoked);
    }

    /** Puts the pages of a QP into its command, if they are the context's own. */
    void bindQp(MemorySegment slot, long at) {
        if (own) {
            CreateQp.setExtendedDoorbell(slot, at, true);
            CreateQp.setSqDoorbellPage(slot, at, sqPage);
            CreateQp.setRqDoorbellPage(slot, at, rqPage);
        }
    }

    /** Puts the page of a CQ into its command, if it is the context's own. */
    void bindCq(MemorySegment slot, long at) {
        if (own) {
            CreateCq.setExtendedDoorbell(slot, at, true);
            CreateCq.setDoorbellPage(slot, at, cqPage);
        }
    }

    /** What the program has mapped is dead from now on. */
    void revoke() {
        revoked.set(true);
    }

    /** Revokes, and gives the pages back; queues must not be bound to them any more. */
    void free() {
        revoke();
        if (!own) {
            return;
        }
        try {
            parts.commands().execute(CommandOpcode.FREE_DB, (slot, at) -> {
                FreeDb.setSq(slot, at, true);
                FreeDb.setRq(slot, at, true);
                FreeDb.setCq(slot, at, true);
                FreeDb.setSqPage(slot, at, sqPage);
                FreeDb.setRqPage(slot, at, rqPage);
                FreeDb.setCqPage(slot, at, cqPage);
            });
        } catch (ErrnoException e) {
            LOG.debug("FREE_DB of {} failed", this, e);
        }
    }

    @Override
    public String toString() {
        return "doorbell pages " + sqPage + ", " + rqPage + ", " + cqPage;
    }
}
