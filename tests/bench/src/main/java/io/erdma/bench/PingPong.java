package io.erdma.bench;

import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.QueuePair;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * SENDs of 8 bytes to and fro between two threads that spin, inline: each runs its own.
 *
 * @param nanos50 half a round trip, median
 * @param nanos99 99th percentile
 */
record PingPong(double nanos50, double nanos99) {
    private static final int BYTES = 8;
    private static final int DIGITS = 3;
    /** Completions of a round: of the own send and of the receive. */
    private static final int BOTH = 2;

    /** @param rounds to be measured; as many are made before */
    static PingPong measure(int rounds) {
        try (Pair pair = new Pair(4096); ExecutorService peer = Executors.newSingleThreadExecutor()) {
            Player bob = new Player(pair.in, pair.inQp, pair.out);
            Player alice = new Player(pair.out, pair.outQp, pair.in);
            bob.postReceive();
            alice.postReceive();
            Future<?> answers = peer.submit(() -> bob.answer(2 * rounds));
            try {
                Histogram halves = alice.ask(rounds);
                answers.get();
                return new PingPong(halves.getValueAtPercentile(50), halves.getValueAtPercentile(99));
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            } catch (IllegalStateException e) {
                if (answers.state() == Future.State.FAILED) {
                    e.addSuppressed(answers.exceptionNow());
                }
                throw e;
            } finally {
                peer.shutdownNow(); // interrupts bob, who has to end before his queues are closed
            }
        }
    }

    /** An end, with all that it posts made beforehand. */
    private static final class Player {
        private final End end;
        private final QueuePair qp;
        private final SendRequest send;
        private final ReceiveRequest receive;

        Player(End end, QueuePair qp, End peer) {
            this.end = end;
            this.qp = qp;
            this.send = end.chain(WrOpcode.SEND, 1, BYTES, peer);
            this.receive = end.receives(1, BYTES);
        }

        /** Plays so many rounds twice, and measures the later ones. */
        Histogram ask(int rounds) {
            Histogram halves = new Histogram(DIGITS);
            for (int round = -rounds; round < rounds; round++) {
                long begin = System.nanoTime();
                send();
                take(BOTH);
                if (round >= 0) {
                    halves.recordValue((System.nanoTime() - begin) / 2);
                }
                postReceive();
            }
            return halves;
        }

        void postReceive() {
            End.post(qp, receive);
        }

        void send() {
            End.post(qp, send);
        }

        void take(int completions) {
            end.take(completions);
        }

        void answer(int rounds) {
            take(1);
            for (int round = 1; round < rounds; round++) {
                postReceive();
                send();
                take(BOTH);
            }
            send();
            take(1);
        }
    }
}
