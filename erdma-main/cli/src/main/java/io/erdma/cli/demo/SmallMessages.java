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
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.spec.CardSpec;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Rate of 8-byte WRITEs in batches of 32, and latency (half a round trip) of 8-byte SENDs, both in one thread on a new card. They are the model's, not a
 * card's.
 *
 * @param writesPerSecond rate
 * @param latencyNanos50 median
 * @param latencyNanos99 99th percentile
 */
record SmallMessages(double writesPerSecond, long latencyNanos50, long latencyNanos99) {
    private static final int BATCH = 32;
    private static final int BYTES = 8;

    static SmallMessages measure(int engineThreads) {
        return engineThreads == 0 ? measure(engineThreads, 40_000, 100_000) : measure(engineThreads, 4_000, 10_000);
    }

    /** As much again is done before, to warm up. */
    static SmallMessages measure(int engineThreads, int batches, int roundTrips) {
        CardSpec spec = CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build();
        ConnectionOptions options = ConnectionOptions.builder().singleThreaded().build();
        Cast cast = Cast.of(spec);
        try (Session session = Session.linked(spec);
                Arena arena = Arena.ofShared();
                Conversation talk = Conversation.between(
                        session, cast.sender().name(), cast.receiver().name(), Cast.address(cast.receiver()), options,
                        options)) {
            Player alice = new Player(talk.out(), arena);
            Player bob = new Player(talk.in(), arena);
            writes(alice, bob, batches);
            double rate = writes(alice, bob, batches);
            long[] halves = pingPong(alice, bob, roundTrips);
            Arrays.sort(halves);
            return new SmallMessages(rate, halves[halves.length / 2], halves[halves.length * 99 / 100]);
        }
    }

    private static double writes(Player alice, Player bob, int batches) {
        SendRequest[] batch = new SendRequest[BATCH];
        for (int i = BATCH - 1; i >= 0; i--) {
            batch[i] = new SendRequest();
            batch[i].opcode = WrOpcode.RDMA_WRITE;
            batch[i].flags = i == BATCH - 1 ? SendFlag.SIGNALED : 0;
            batch[i].remoteAddress = bob.memory.address();
            batch[i].remoteKey = bob.mr.rkey();
            batch[i].addSge(alice.memory.address(), BYTES, alice.mr.lkey());
            batch[i].next = i == BATCH - 1 ? null : batch[i + 1];
        }
        long begin = System.nanoTime();
        for (int n = 0; n < batches; n++) {
            alice.post(batch[0]);
            alice.await();
        }
        return (double) batches * BATCH * 1e9 / (System.nanoTime() - begin);
    }

    private static long[] pingPong(Player alice, Player bob, int roundTrips) {
        long[] halves = new long[roundTrips];
        for (int n = -roundTrips; n < roundTrips; n++) {
            bob.receive();
            alice.receive();
            long begin = System.nanoTime();
            alice.send();
            bob.awaitReceive();
            bob.send();
            alice.awaitReceive();
            long nanos = System.nanoTime() - begin;
            if (n >= 0) {
                halves[n] = nanos / 2;
            }
        }
        return halves;
    }

    /** One end, with all that it posts made beforehand. */
    private static final class Player {
        private final RdmaConnection connection;
        private final MemorySegment memory;
        private final MemoryRegion mr;
        private final SendRequest send = new SendRequest();
        private final ReceiveRequest receive = new ReceiveRequest();
        private final WorkCompletion[] one = WorkCompletion.array(1);

        Player(RdmaConnection connection, Arena arena) {
            this.connection = connection;
            memory = arena.allocate(64, 64);
            mr = connection.register(memory, Access.values());
            send.flags = SendFlag.SIGNALED;
            send.addSge(memory.address(), BYTES, mr.lkey());
            receive.set(0, memory.address() + 32, BYTES, mr.lkey());
        }

        void receive() {
            connection.qp().postRecv(receive);
        }

        void send() {
            post(send);
        }

        void post(SendRequest request) {
            if (!PostResult.isOk(connection.qp().postSend(request))) {
                throw new ErrnoException(Errno.EIO, "a request was not taken");
            }
        }

        /** Waits for a receive; send completions that come before are taken along. */
        void awaitReceive() {
            do {
                await();
            } while (one[0].opcode != WcOpcode.RECV);
        }

        /** Waits for a completion. */
        void await() {
            Completions.takeGood(connection.cq(), one, "a request");
        }
    }
}
