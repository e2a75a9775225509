package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QueuePair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many QPs, many threads, both directions at once, and objects that are destroyed meanwhile. */
class ConcurrencyTest {
    private static final int QPS = 64;
    private static final int THREADS = 4;
    private static final int MESSAGES = 500;
    private static final int IN_FLIGHT = 8;

    /** Runs tasks at once, and rethrows what the first of them to fail threw. */
    private static void together(List<Runnable> tasks) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = tasks.stream().map(task -> Thread.ofPlatform().start(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        })).toList();
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError("a thread failed", failure.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyQpsOnOneCq_fromFourThreads_loseNothing_andKeepTheirOrder(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.fast())) {
            ErdmaDevice alice = tenants.device("alice");
            ErdmaDevice bob = tenants.device("bob");
            CompletionQueue cq = alice.createCq(QPS * 2 * IN_FLIGHT);
            List<Side> receivers = new ArrayList<>();
            ProtectionDomain pd = alice.allocPd();
            List<QueuePair> senders = new ArrayList<>();
            for (int n = 0; n < QPS; n++) {
                senders.add(pd.createQp(QpInitAttributes.of(cq).capabilities(Side.SIZES).build()));
                Side right = Side.of(bob);
                connectTo(senders.get(n), right, 20_000 + 2 * n);
                receivers.add(right);
            }
            int[] expected = new int[QPS];
            AtomicInteger[] completed = new AtomicInteger[QPS];
            for (int n = 0; n < QPS; n++) {
                completed[n] = new AtomicInteger();
            }
            AtomicLong polled = new AtomicLong();
            List<Runnable> tasks = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int own = thread;
                tasks.add(() -> post(senders, own, completed));
            }
            tasks.add(() -> poll(cq, senders, expected, completed, polled));
            together(tasks);

            assertThat(polled).hasValue((long) QPS * MESSAGES);
            assertThat(expected).containsOnly(MESSAGES);
            senders.forEach(QueuePair::close);
            receivers.forEach(Side::close);
            cq.close();
            pd.close();
        }
    }

    private static void connectTo(QueuePair sender, Side right, int port) {
        int alice = 0x0A00_0001;
        Pair.move(right, Pair.address(right), port + 1, alice, port, sender.cookie());
        Pair.move(sender, alice, port, Pair.address(right), port + 1, right.qp.cookie());
    }

    private static void post(List<QueuePair> senders, int thread, AtomicInteger[] completed) {
        SendRequest write = new SendRequest();
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        for (int message = 0; message < MESSAGES; message++) {
            for (int n = thread; n < QPS; n += THREADS) {
                int sent = message;
                AtomicInteger done = completed[n];
                Await.until("there is room", () -> done.get() + IN_FLIGHT > sent);
                write.wrId = message;
                assertThat(senders.get(n).postSend(write)).isEqualTo(PostResult.ok(1));
            }
        }
    }

    private static void poll(CompletionQueue cq, List<QueuePair> senders, int[] expected, AtomicInteger[] completed,
            AtomicLong polled) {
        WorkCompletion[] completions = WorkCompletion.array(32);
        int first = senders.getFirst().qpn();
        Await.until("all messages are completed", () -> {
            int taken = cq.poll(completions.length, completions);
            for (int i = 0; i < taken; i++) {
                int n = completions[i].qpNumber - first;
                assertThat(completions[i].ok()).as("%s", completions[i]).isTrue();
                assertThat(completions[i].wrId).isEqualTo(expected[n]++);
                completed[n].incrementAndGet();
            }
            return polled.addAndGet(taken) == (long) QPS * MESSAGES;
        });
    }

    /** Answers each message with another, in the handler of its completion, so that both directions are always under way. */
    private static final class Echo {
        private final AtomicLong received = new AtomicLong();
        private final AtomicLong posted = new AtomicLong();
        private final AtomicInteger deepest = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final WorkCompletion[] completions = WorkCompletion.array(16);
        private final SendRequest request = new SendRequest();
        private final long messages;
        private int depth;
        private Side side;

        Echo(long messages) {
            this.messages = messages;
            request.flags = SendFlag.SIGNALED;
        }

        void begin(Side own, int messagesAtOnce) {
            side = own;
            for (int n = 0; n < 16; n++) {
                own.receiveEmpty(n);
            }
            posted.addAndGet(messagesAtOnce);
        }

        /** Runs in the interrupt handler; one thread at a time. */
        void completed(CompletionQueue cq) {
            try {
                depth++;
                deepest.accumulateAndGet(depth, Math::max);
                do {
                    for (int taken; (taken = cq.poll(completions.length, completions)) > 0;) {
                        for (int n = 0; n < taken; n++) {
                            took(completions[n]);
                        }
                    }
                } while (cq.reqNotify(NotifyKind.NEXT_COMPLETION));
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            } finally {
                depth--;
            }
        }

        private void took(WorkCompletion completion) {
            assertThat(completion.ok()).as("%s", completion).isTrue();
            if (completion.opcode == WcOpcode.RECV) {
                side.receiveEmpty(0);
                received.incrementAndGet();
                if (posted.get() < messages) {
                    posted.incrementAndGet();
                    side.post(request);
                }
            }
        }
    }

    /** A million messages in all, half of them each way; were a handler or an engine entered from another, the stack would not last. */
    @ParameterizedTest
    @EnumSource
    void bothWaysAtOnce_fromEventHandlers_neitherNestsNorLocks(Mode mode) {
        long messages = 500_000;
        Echo left = new Echo(messages);
        Echo right = new Echo(messages);
        try (Tenants tenants = Tenants.on(mode.fast());
                Pair pair = Pair.connected(
                        Side.of(tenants.device("alice"), cq -> cq.completionHandler(left::completed), qp -> qp),
                        Side.of(tenants.device("bob"), cq -> cq.completionHandler(right::completed), qp -> qp))) {
            int atOnce = 6;
            left.begin(pair.left(), atOnce);
            right.begin(pair.right(), atOnce);
            pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            pair.right().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            SendRequest first = new SendRequest();
            first.flags = SendFlag.SIGNALED;
            for (int n = 0; n < atOnce; n++) {
                pair.left().post(first);
                pair.right().post(first);
            }
            Await.until("all messages have come", () -> left.failure.get() != null || right.failure.get() != null
                    || left.received.get() == messages && right.received.get() == messages);
            assertThat(left.failure.get()).isNull();
            assertThat(right.failure.get()).isNull();
            assertThat(left.deepest).hasValue(1);
            assertThat(right.deepest).hasValue(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void destroyUnderLoad_hangsNobody_andTheOthersLoseNothing(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair steady = tenants.pair()) {
            AtomicBoolean stop = new AtomicBoolean();
            List<Runnable> tasks = List.of(
                    () -> {
                        try {
                            for (int round = 0; round < 50; round++) {
                                destroyWhilePosting(tenants, round);
                            }
                        } finally {
                            stop.set(true);
                        }
                    },
                    () -> {
                        do {
                            steady.assertWorks();
                        } while (!stop.get());
                    });
            together(tasks);
        }
    }

    private static void destroyWhilePosting(Tenants tenants, int round) {
        Pair pair = tenants.pair();
        AtomicBoolean destroyed = new AtomicBoolean();
        Thread poster = Thread.ofPlatform().start(() -> {
            SendRequest write = new SendRequest().addSge(pair.left().address(0), 1024, pair.left().mr.lkey());
            write.opcode = WrOpcode.RDMA_WRITE;
            write.flags = SendFlag.SIGNALED;
            write.remoteAddress = pair.right().address(4096);
            write.remoteKey = pair.right().mr.rkey();
            WorkCompletion[] completions = WorkCompletion.array(16);
            while (!destroyed.get()) {
                pair.left().qp.postSend(write);
                pair.left().cq.poll(completions.length, completions);
            }
        });
        Await.until("there is load", () -> pair.left().cq.snapshot().consumerIndex() > 20);
        (round % 2 == 0 ? pair.left() : pair.right()).qp.close();
        destroyed.set(true);
        try {
            poster.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        pair.close();
    }
}
