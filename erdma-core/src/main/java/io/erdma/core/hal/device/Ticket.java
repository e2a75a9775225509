package io.erdma.core.hal.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** An engine's announcement that it is touching host memory: odd while inside. Written by one thread at a time, read by those who unmap. */
public final class Ticket {
    private static final VarHandle PASSES;
    private static final int SPINS_BEFORE_YIELD = 1000;

    static {
        try {
            PASSES = MethodHandles.lookup().findVarHandle(Ticket.class, "passes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through PASSES
    private long passes;

    Ticket() {}

    /** Begins a batch. Until {@link #exit()} every open window stays usable. */
    public void enter() {
        PASSES.setVolatile(this, (long) PASSES.get(this) + 1);
    }

    /** Ends a batch. */
    public void exit() {
        PASSES.setRelease(this, (long) PASSES.get(this) + 1);
    }

    /** Whether a batch is under way. */
    public boolean isInside() {
        return ((long) PASSES.getVolatile(this) & 1) != 0;
    }

    @SuppressWarnings("ThreadPriorityCheck") // on few cores the engine needs the processor that we spin on
    void awaitExit() {
        long seen = (long) PASSES.getVolatile(this);
        int spins = 0;
        while ((seen & 1) != 0 && (long) PASSES.getVolatile(this) == seen) {
            if (++spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }
}
