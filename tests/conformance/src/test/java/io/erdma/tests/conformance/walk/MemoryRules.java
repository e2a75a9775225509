package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;

/** What calls for PDs and MRs must come to (driver-behaviour §5). */
final class MemoryRules {
    private static final int NEEDS_LOCAL_WRITE = Access.bits(Access.REMOTE_WRITE, Access.REMOTE_ATOMIC);

    private final World world;

    MemoryRules(World world) {
        this.world = world;
    }

    Expected deallocate(Pd pd) {
        if (pd.isOpen() && pd.isUsed()) {
            return Expected.refused(Errno.EBUSY);
        }
        pd.close();
        return Expected.OK;
    }

    Expected register(Step step) {
        Pd pd = world.pds.get(step.get("pd"));
        int access = step.getInt("access");
        boolean needsMore = (access & NEEDS_LOCAL_WRITE) != 0 && !Access.LOCAL_WRITE.in(access);
        if (world.isUser() && !pd.isOpen()) {
            return Expected.refused(world.stale());
        }
        if (needsMore || step.get("bytes") == 0 || step.get("shift") == 2 || !pd.isOpen()) {
            return Expected.refused(Errno.EINVAL);
        }
        pd.use(1);
        return World.make(world.regions, step,
                Region.of(pd, step.get("at"), step.get("bytes"), access & ~Access.OPTIONAL, step.get("shift") == 1));
    }

    Expected registerAll(Step step) {
        Pd pd = world.pds.get(step.get("pd"));
        int access = step.getInt("access");
        if ((access & NEEDS_LOCAL_WRITE) != 0 && !Access.LOCAL_WRITE.in(access) || !pd.isOpen()) {
            return Expected.refused(Errno.EINVAL);
        }
        pd.use(1);
        return World.make(world.regions, step, Region.allMemory(pd, access & ~Access.OPTIONAL));
    }

    Expected deregister(Region region) {
        if (region.isOpen()) {
            region.close();
            region.side().deregister(region);
            region.pd().use(-1);
        }
        return Expected.OK;
    }

    Expected query(Region region) {
        long bytes = region.isAllMemory() ? Long.MAX_VALUE : region.bytes();
        return Expected.ok(Rig.encode(region.key(), region.start(), bytes, region.access()));
    }
}
