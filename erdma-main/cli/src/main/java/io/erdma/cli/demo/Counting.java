package io.erdma.cli.demo;

import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Conversation;
import io.erdma.cli.card.Session;
import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaConnection;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A counter in the receiver's memory that both tenants raise at once: the sender over the network, the receiver over a loopback connection. */
final class Counting {
    static final int EACH = 2000;

    private Counting() {}

    /** What the counter holds at the end; {@code 2 · EACH} when no increment was lost. */
    static long run(Session session, Cast cast, Conversation talk) {
        String receiver = cast.receiver().name();
        try (Arena arena = Arena.ofShared();
                Conversation loop = Conversation.between(
                        session, receiver, receiver, Cast.address(cast.receiver()), ConnectionOptions.DEFAULT,
                        ConnectionOptions.DEFAULT)) {
            MemorySegment counter = arena.allocate(8, 8);
            try (MemoryRegion remote = talk.in().pd().regMr(counter, Access.values());
                    MemoryRegion looped = loop.in().pd().regMr(counter, Access.values())) {
                CompletableFuture<Optional<ErrnoException>> other = CompletableFuture
                        .supplyAsync(() -> tryToRaise(loop.out(), counter.address(), looped.rkey(), arena));
                Optional<ErrnoException> failure;
                try {
                    raise(talk.out(), counter.address(), remote.rkey(), arena);
                } finally {
                    failure = other.join(); // in any case: the memory must outlive it
                }
                if (failure.isPresent()) {
                    throw failure.get();
                }
                return counter.get(ValueLayout.JAVA_LONG, 0);
            }
        }
    }

    private static Optional<ErrnoException> tryToRaise(RdmaConnection connection, long address, int rkey, Arena arena) {
        try {
            raise(connection, address, rkey, arena);
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(e);
        }
    }

    /** Half of the increments by FETCH_ADD, half by COMPARE_SWAP until it succeeds. */
    private static void raise(RdmaConnection connection, long address, int rkey, Arena arena) {
        MemorySegment old = arena.allocate(8, 8);
        try (MemoryRegion mine = connection.pd().regMr(old, Access.LOCAL_WRITE)) {
            WorkCompletion[] done = WorkCompletion.array(1);
            SendRequest request = new SendRequest();
            request.flags = SendFlag.SIGNALED;
            request.remoteAddress = address;
            request.remoteKey = rkey;
            request.addSge(old.address(), 8, mine.lkey());
            for (int n = 0; n < EACH / 2; n++) {
                request.opcode = WrOpcode.ATOMIC_FETCH_AND_ADD;
                request.compareAdd = 1;
                execute(connection, request, done);
                request.opcode = WrOpcode.ATOMIC_CMP_AND_SWP;
                long expected;
                do {
                    expected = old.get(ValueLayout.JAVA_LONG, 0);
                    request.compareAdd = expected;
                    request.swap = expected + 1;
                    execute(connection, request, done);
                } while (old.get(ValueLayout.JAVA_LONG, 0) != expected);
            }
        }
    }

    private static void execute(RdmaConnection connection, SendRequest request, WorkCompletion[] done) {
        if (!PostResult.isOk(connection.qp().postSend(request))) {
            throw new ErrnoException(Errno.EIO, "an atomic was not taken");
        }
        Completions.takeGood(connection.cq(), done, "an atomic");
    }
}
