package io.erdma.verbs;

import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life of an MR of any kind: its STag index, its place in the PD, REG_MR and DEREG_MR (kernel: {@code regmr_cmd}, {@code erdma_dereg_mr}). */
final class MrHandle {
    private static final Logger LOG = LoggerFactory.getLogger(MrHandle.class);
    private static final int KEY_BITS = 8;
    private static final int KEY_MASK = (1 << KEY_BITS) - 1;

    private final CommandChannel commands;
    private final ObjectTable<RegisteredMr> table;
    private final ProtectionDomain pd;
    private final int index;
    private final Runnable freeMemory;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes an index. ENOSPC; EINVAL for a destroyed PD. Then nothing is held. */
    MrHandle(CommandChannel commands, ObjectTable<RegisteredMr> table, ProtectionDomain pd, Runnable freeMemory) {
        this.commands = commands;
        this.table = table;
        this.pd = pd;
        this.freeMemory = freeMemory;
        pd.enter();
        try {
            this.index = table.reserve();
        } catch (ErrnoException e) {
            pd.leave();
            throw e;
        }
    }

    /** Tells the device. Its error leaves the index free and the PD as it was. */
    void register(CommandBody request) {
        try {
            commands.execute(CommandOpcode.REG_MR, request);
        } catch (ErrnoException e) {
            table.free(index);
            pd.leave();
            throw e;
        }
    }

    int index() {
        return index;
    }

    /** STag with key 0. */
    int stag() {
        return index << KEY_BITS;
    }

    ProtectionDomain pd() {
        return pd;
    }

    boolean closed() {
        return closed.get();
    }

    /** DEREG_MR, then frees everything whatever the device answered. No effect the second time. */
    void close(int stag) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        table.withdraw(index);
        try {
            commands.execute(CommandOpcode.DEREG_MR, (slot, at) -> {
                DeregMr.setMptIndex(slot, at, index);
                DeregMr.setKey(slot, at, stag & KEY_MASK);
            });
        } catch (ErrnoException e) {
            LOG.debug("DEREG_MR of MR {} failed; it is freed all the same", index, e);
        }
        freeMemory.run();
        table.free(index);
        pd.leave();
    }
}
