package io.erdma.cli.demo;

import io.erdma.cm.RdmaConnection;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One end of the demo's connection with its registered memory: slots for the pieces of a batch. */
final class End {
    static final int SLOTS = 16;
    static final int SLOT_BYTES = 256 << 10;

    private final RdmaConnection connection;
    private final MemorySegment memory;
    private final MemoryRegion region;
    private final SendRequest[] sends = new SendRequest[SLOTS];
    private final ReceiveRequest receive = new ReceiveRequest();
    private final WorkCompletion[] completions = WorkCompletion.array(2 * SLOTS);
    private WorkCompletion last = completions[0];

    End(RdmaConnection connection, Arena arena) {
        this.connection = connection;
        this.memory = arena.allocate((long) SLOTS * SLOT_BYTES, 4096);
        this.region = connection.register(memory, Access.values());
        for (int i = 0; i < SLOTS; i++) {
            sends[i] = new SendRequest();
        }
    }

    RdmaConnection connection() {
        return connection;
    }

    MemoryRegion region() {
        return region;
    }

    MemorySegment slot(int index, long bytes) {
        return memory.asSlice((long) index * SLOT_BYTES, bytes);
    }

    long address(int slot) {
        return memory.address() + (long) slot * SLOT_BYTES;
    }

    /** A request that a way may fill in; cleared. */
    SendRequest send(int slot) {
        return sends[slot].clear();
    }

    void postReceive(int slot, int bytes) {
        receive.set(slot, address(slot), bytes, region.lkey());
        requirePosted(connection.qp().postRecv(receive), 1);
    }

    /** Posts the requests of the first {@code count} slots as one chain. */
    void postChain(int count) {
        for (int i = 0; i < count - 1; i++) {
            sends[i].next = sends[i + 1];
        }
        requirePosted(connection.qp().postSend(sends[0]), count);
    }

    private static void requirePosted(long result, int count) {
        if (!PostResult.isOk(result)) {
            throw new ErrnoException(
                    Errno.EIO, "only %d of %d requests were taken, errno %d".formatted(PostResult.taken(result), count,
                            PostResult.errno(result)));
        }
    }

    /** Waits for so many completions, all of them good. EIO for a bad one, ETIMEDOUT after 30 seconds without any. */
    void await(int count) {
        int polled;
        for (int left = count; left > 0; left -= polled) {
            polled = Completions.take(connection.cq(), Math.min(left, completions.length), completions);
            for (int i = 0; i < polled; i++) {
                last = completions[i];
                if (!last.ok()) {
                    throw new ErrnoException(Errno.EIO, "a request failed: " + last);
                }
            }
        }
    }

    /** The completion that came last. */
    WorkCompletion last() {
        return last;
    }
}
