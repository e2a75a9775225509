package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.verbs.Access;
import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.verbs.memory.DmaRuns;
import io.erdma.verbs.memory.PageList;
import io.erdma.verbs.memory.TableTree;
import java.lang.foreign.MemorySegment;

/** Makes memory regions (kernel: {@code erdma_reg_user_mr}, {@code erdma_get_dma_mr}, {@code erdma_ib_alloc_mr}; driver-behaviour §5). */
final class MemoryRegistrar {
    private static final int NEEDS_LOCAL_WRITE = Access.bits(Access.REMOTE_WRITE, Access.REMOTE_ATOMIC);
    private static final int LENGTH_LOW_BITS = 32;

    private final PciFunction function;
    private final CommandChannel commands;
    private final DeviceCapabilities capabilities;
    private final ObjectTable<RegisteredMr> table;
    private final Lifetime lifetime;

    MemoryRegistrar(PciFunction function, CommandChannel commands, DeviceCapabilities capabilities, Lifetime lifetime) {
        this.function = function;
        this.commands = commands;
        this.capabilities = capabilities;
        this.lifetime = lifetime;
        this.table = new ObjectTable<>("MR", capabilities.maxMr(), Errno.ENOSPC);
    }

    ObjectTable<RegisteredMr> table() {
        return table;
    }

    /** See {@link ProtectionDomain#regMr(MemorySegment, long, Access...)}. */
    MemoryRegion register(ProtectionDomain pd, MemorySegment memory, long iova, int rights) {
        lifetime.check();
        int access = checked(rights);
        checkLength(memory.byteSize(), iova);
        DmaMapping mapping = function.map(memory,
                Access.LOCAL_WRITE.in(access) ? DmaAccess.READ_WRITE : DmaAccess.READ);
        try {
            return register(pd, mapping, iova, access);
        } catch (RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    private MemoryRegion register(ProtectionDomain pd, DmaMapping mapping, long iova, int access) {
        DmaRuns runs = DmaRuns.of(mapping);
        int pageShift = runs.bestPageShift(iova, Limits.MR_PAGE_SIZES);
        if (pageShift == DmaRuns.NO_PAGE_SIZE) {
            throw new ErrnoException(Errno.EINVAL,
                    "address 0x%x, I/O virtual address 0x%x: they differ below every page size"
                            .formatted(mapping.segment().address(), iova));
        }
        PageList pages = PageList.of(function, runs, pageShift, Mtt.INLINE_ENTRIES, placement(runs.bytes()));
        try {
            MrHandle handle = new MrHandle(commands, table, pd, () -> {
                pages.close();
                mapping.close();
            });
            handle.register(RegMrRequest.user(handle, access, iova, runs.bytes(), pages));
            return publish(handle, new MemoryRegion(handle, new MrSnapshot(
                    MrSnapshot.Kind.USER, handle.index(), handle.stag(), handle.stag(), iova, runs.bytes(), access,
                    1L << pageShift,
                    pages.entries(), pages.level(), pd.pdn())));
        } catch (RuntimeException e) {
            pages.close();
            throw e;
        }
    }

    // A length of more than 32 bits has a place only beside a table.
    private PageList.Placement placement(long bytes) {
        boolean wide = bytes >>> LENGTH_LOW_BITS != 0;
        if (capabilities.scatteredMtt()) {
            return wide ? PageList.Placement.SCATTERED_TABLE : PageList.Placement.SCATTERED;
        }
        return wide ? PageList.Placement.CONTIGUOUS_TABLE : PageList.Placement.CONTIGUOUS;
    }

    private <T extends RegisteredMr> T publish(MrHandle handle, T region) {
        table.publish(handle.index(), region);
        lifetime.checkMade(region::close);
        return region;
    }

    /** The rights that the device knows. */
    private static int checked(int access) {
        if ((access & NEEDS_LOCAL_WRITE) != 0 && !Access.LOCAL_WRITE.in(access)) {
            throw new ErrnoException(Errno.EINVAL, Access.of(access) + " need LOCAL_WRITE");
        }
        return access & ~Access.OPTIONAL;
    }

    private void checkLength(long bytes, long iova) {
        if (bytes < 1 || bytes > capabilities.maxMrBytes()) {
            throw new ErrnoException(Errno.EINVAL,
                    "MR of " + bytes + " bytes, 1…" + capabilities.maxMrBytes() + " are possible");
        }
        if (Long.compareUnsigned(iova + bytes - 1, iova) < 0) {
            throw new ErrnoException(Errno.EINVAL, "MR of %d bytes at 0x%x wraps".formatted(bytes, iova));
        }
    }

    /** See {@link ProtectionDomain#getDmaMr}. */
    MemoryRegion registerAll(ProtectionDomain pd, int rights) {
        lifetime.check();
        int access = checked(rights);
        MrHandle handle = new MrHandle(commands, table, pd, () -> {});
        handle.register(RegMrRequest.allMemory(handle, access));
        return publish(handle, new MemoryRegion(handle, new MrSnapshot(
                MrSnapshot.Kind.DMA, handle.index(), handle.stag(), handle.stag(), 0, MemoryRegion.ALL_MEMORY, access,
                0, 0, 0, pd.pdn())));
    }

    /** See {@link ProtectionDomain#allocMr}. */
    FastRegisterMr allocate(ProtectionDomain pd, int maxPages) {
        lifetime.check();
        if (maxPages < 1 || maxPages > Limits.FAST_REGISTER_MAX_ENTRIES) {
            throw new ErrnoException(Errno.EINVAL, "fast-register MR of " + maxPages + " pages");
        }
        TableTree pages = TableTree.contiguous(function, maxPages);
        try {
            MrHandle handle = new MrHandle(commands, table, pd, pages::close);
            handle.register(RegMrRequest.fastRegister(handle, pages));
            return publish(handle, new FastRegisterMr(handle, pages));
        } catch (RuntimeException e) {
            pages.close();
            throw e;
        }
    }
}
