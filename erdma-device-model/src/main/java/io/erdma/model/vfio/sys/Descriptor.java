package io.erdma.model.vfio.sys;

import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;

/** A file descriptor that is ours to close, once. Whoever owns it sees to it that nobody uses its number afterwards. */
public final class Descriptor implements AutoCloseable {
    private final int number;
    private final LeakLedger ledger;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes ownership of an open descriptor. */
    Descriptor(int number, LeakLedger ledger) {
        this.number = number;
        this.ledger = ledger;
        ledger.add(Resource.DESCRIPTOR, 1);
    }

    /** Its number. */
    int number() {
        return number;
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try (Arena arena = Arena.ofConfined()) {
                // Linux has let go of it whatever close says
                int _ = Libc.close(Libc.newState(arena), number);
            }
            ledger.add(Resource.DESCRIPTOR, -1);
        }
    }
}
