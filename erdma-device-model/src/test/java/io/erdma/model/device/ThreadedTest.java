package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.leak.Resource;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Registers;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads: engine threads of the card, and hosts that ring from their own. 0 engine threads stands for inline. */
class ThreadedTest {
    private static final VarHandle LAST_BYTE = ValueLayout.JAVA_BYTE.varHandle();

    private static TestCard card(int engines) {
        return engines == 0 ? new TestCard() : new TestCard(engines);
    }

    @Test
    void engineThreads_areCounted_andEnd() {
        TestCard card = new TestCard(2);
        assertThat(card.ledger.held(Resource.THREAD)).isEqualTo(2);
        card.close();
        assertThat(card.ledger.held(Resource.THREAD)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2 })
    void sendsGoThrough_ofAnyNumberOfEngines(int engines) {
        try (Pair pair = new Pair(new TestCard(engines), FunctionSpec.defaults())) {
            for (int i = 0; i < 1000; i++) {
                pair.in.receive(pair.to(0, 64));
                pair.out.send(TestQp.SIGNALED, pair.from(i, 64)).ring();
                assertThat(pair.aliceCq.await().syndrome()).isZero();
                assertThat(pair.bobCq.await().bytes()).isEqualTo(64);
                assertThat(pair.target.copy(0, 64)).isEqualTo(pair.source.copy(i, 64));
            }
        }
    }

    /** Both sides of a pair send to each other at once: no deadlock, nothing lost, order kept. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2 })
    void bothWaysAtOnce(int engines) throws InterruptedException {
        try (Pair pair = new Pair(card(engines), FunctionSpec.defaults())) {
            postReceives(pair.out, pair.source);
            postReceives(pair.in, pair.target);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread bob = new Thread(() -> pump(pair.in, pair.bobCq, pair.target, failure), "bob");
            bob.setUncaughtExceptionHandler((thread, error) -> failure.set(error));
            bob.start();
            pump(pair.out, pair.aliceCq, pair.source, failure);
            bob.join();
            assertThat(failure.get()).isNull();
        }
    }

    /** Messages that a side sends ahead of those that it has received. */
    private static final int AHEAD = 12;
    /** The peer may be as far ahead of what we know of it as we are of it. */
    private static final int RECEIVES = 2 * AHEAD;
    private static final int SENDS = 4;

    private static void postReceives(TestQp qp, TestMr mr) {
        for (int i = 0; i < RECEIVES; i++) {
            qp.receive(Piece.of(mr, 64L * i, 64));
        }
    }

    private static void pump(TestQp qp, TestCq cq, TestMr mr, AtomicReference<Throwable> peerFailure) {
        int posted = 0;
        int sent = 0;
        int received = 0;
        int total = 3000;
        while ((sent < total || received < total) && peerFailure.get() == null) {
            while (posted < total && posted - sent < SENDS && posted - received < AHEAD) {
                long slot = 4096 + 32L * (posted % SENDS);
                mr.memory().set(ValueLayout.JAVA_INT, slot, ~posted);
                qp.sendWithImmediate(TestQp.SIGNALED, posted++, Piece.of(mr, slot, 32)).ring();
            }
            for (TestCq.Completion next = cq.poll(); next != null; next = cq.poll()) {
                if (next.syndrome() != 0) {
                    throw new AssertionError("completion " + next);
                }
                if (next.queueType() == 0) {
                    sent++;
                } else {
                    long slot = 64L * (received % RECEIVES);
                    if (next.immediate() != received || mr.memory().get(ValueLayout.JAVA_INT, slot) != ~received) {
                        throw new AssertionError("out of order: " + next + " instead of " + received);
                    }
                    qp.receive(Piece.of(mr, slot, 64));
                    received++;
                }
            }
            Thread.yield();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 2 })
    void atomicsOfSeveralHosts_loseNothing(int engines) throws InterruptedException {
        try (TestCard card = card(engines)) {
            TestHost server = card.host();
            TestMr counter = server.mr(4096);
            List<Thread> threads = new ArrayList<>();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            for (int i = 0; i < 3; i++) {
                TestHost client = card.host();
                TestCq cq = client.cq(6);
                TestQp qp = client.qp(cq);
                TestHost.join(qp, server.qp(server.cq(4)));
                TestMr sink = client.mr(64);
                Thread thread = new Thread(() -> {
                    for (int n = 0; n < 3000; n++) {
                        qp.fetchAndAdd(TestQp.SIGNALED, 1, Piece.of(sink, 0, 8), counter.stag(), counter.va(8)).ring();
                        if (cq.await().syndrome() != 0) {
                            throw new AssertionError("atomic " + n);
                        }
                    }
                });
                thread.setUncaughtExceptionHandler((unused, error) -> failure.set(error));
                threads.add(thread);
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(counter.memory().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(9000);
        }
    }

    @Test
    void heldTenant_delaysNobody() {
        try (TestCard card = new TestCard(1)) {
            FaultPlan plan = new FaultPlan();
            TestHost held = card.host(FunctionSpec.defaults(), Optional.of(plan));
            TestQp stuck = held.qp(held.cq(4));
            TestHost.join(stuck, held.qp(held.cq(4)));
            Pair pair = new Pair(card, FunctionSpec.defaults());
            plan.once(FaultPoint.DEVICE_ENGINE, stuck.qpn, new FaultAction.Hold());
            stuck.write(TestQp.SIGNALED, 0, 0).ring();
            for (int i = 0; i < 100; i++) {
                pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
                assertThat(pair.aliceCq.await().syndrome()).isZero();
            }
            assertThat(stuck.sendCq.poll()).isNull();
            plan.release();
            assertThat(stuck.sendCq.await().syndrome()).isZero();
        }
    }

    /** A tenant resets, errors and destroys while its peer keeps sending: every request of the peer completes, nothing throws. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 2 })
    void peerThatVanishesInTheMiddle_leavesEveryRequestCompleted(int engines) throws InterruptedException {
        for (int round = 0; round < 12; round++) {
            int how = round % 3;
            try (Pair pair = new Pair(card(engines), FunctionSpec.defaults())) {
                AtomicReference<Throwable> failure = new AtomicReference<>();
                Thread alice = new Thread(() -> {
                    for (int posted = 1; posted < 5_000_000; posted++) {
                        pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(), pair.from(0, 256)).ring();
                        TestCq.Completion done = pair.aliceCq.await();
                        if (done.syndrome() != 0) {
                            if (done.syndrome() != Syndrome.RETRY_EXCEEDED && done.syndrome() != Syndrome.REMOTE_STAG
                                    && done.syndrome() != Syndrome.REMOTE_ADDRESS) {
                                throw new AssertionError("request " + posted + ": " + done);
                            }
                            return;
                        }
                    }
                    throw new AssertionError("nobody noticed that the peer is gone");
                });
                alice.setUncaughtExceptionHandler((unused, error) -> failure.set(error));
                alice.start();
                for (int i = 0; i < 50; i++) {
                    assertThat(pair.bob.command(CommandOpcode.QUERY_DEVICE, (slot, offset) -> {})).isZero();
                }
                switch (how) {
                    case 0 -> pair.bob.modify(pair.in, IwarpQpState.ERROR);
                    case 1 -> pair.bob.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
                    default -> pair.bob.space.setBusMaster(false);
                }
                alice.join();
                assertThat(failure.get()).isNull();
            }
        }
    }

    /** A peer writes into a region without a pause while it is deregistered: what its owner puts there then stays. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 2 })
    void memoryIsNotTouched_afterItsRegionIsDeregistered(int engines) throws InterruptedException {
        int bytes = 512 << 10;
        MemorySegment expected = Arena.ofAuto().allocate(bytes).fill((byte) 0x77);
        try (Pair pair = new Pair(card(engines), FunctionSpec.defaults())) {
            for (int round = 0; round < 20; round++) {
                TestMr victim = new TestMr(pair.bob, 60, 1, pair.target.address, bytes);
                victim.memory().fill((byte) 0);
                assertThat(pair.bob.register(victim, 0x1F, TestHost.PD)).isZero();
                TestQp a = pair.alice.qp(pair.alice.cq(7));
                TestQp b = pair.bob.qp(pair.bob.cq(2), pair.bob.cq(2), 2, 2);
                TestHost.join(a, b);
                Thread alice = new Thread(() -> {
                    TestCq.Completion done;
                    do {
                        a.write(TestQp.SIGNALED, victim.stag(), victim.va(), pair.from(1, bytes)).ring();
                        done = a.sendCq.await();
                    } while (done.syndrome() == 0);
                });
                alice.start();
                while ((byte) LAST_BYTE.getAcquire(victim.memory(), bytes - 1L) == 0) {
                    Thread.yield();
                }
                assertThat(pair.bob.command(CommandOpcode.DEREG_MR,
                        (slot, offset) -> DeregMr.setMptIndex(slot, offset, 60))).isZero();
                victim.memory().fill((byte) 0x77);
                alice.join();
                assertThat(victim.memory().mismatch(expected)).isEqualTo(-1);
                destroy(pair.alice, a);
                destroy(pair.bob, b);
            }
        }
    }

    /** The engine waits for the completion queue, which another holds, when DESTROY_QP comes: what waits is not completed after that. */
    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void nothingCompletes_onceItsQpIsDestroyed(boolean sender) {
        try (Pair pair = new Pair(new TestCard(2), FunctionSpec.defaults())) {
            TestHost host = sender ? pair.alice : pair.bob;
            TestCq cq = sender ? pair.aliceCq : pair.bobCq;
            TestQp victim = sender ? pair.out : pair.in;
            // run by the victim's engine; commands are by the other
            TestQp next = ofTheOtherEngine(pair.alice, pair.aliceCq);
            TestQp peer = ofTheOtherEngine(pair.bob, pair.bobCq);
            TestHost.join(next, peer);
            pair.in.receive(pair.to(0, 64));
            CompletionQueue queue = host.function.queuePair(victim.qpn).sends().completions();
            assertThat(queue.tryLock()).isTrue();

            pair.out.send(sender ? TestQp.SIGNALED : 0, pair.from(1, 64)).ring();
            while ((byte) LAST_BYTE.getAcquire(pair.target.memory(), 63L) == 0) {
                Thread.yield();
            }
            destroy(host, victim);
            EngineContext context = pair.card.execution.context();
            context.enter();
            queue.unlock(context);
            context.exit();

            peer.receive(pair.to(64, 64));
            next.send(TestQp.SIGNALED, pair.from(0, 64)).ring();
            assertThat(cq.await().qpn()).isEqualTo(sender ? next.qpn : peer.qpn);
        }
    }

    private static TestQp ofTheOtherEngine(TestHost host, TestCq cq) {
        TestQp qp = host.qp(cq);
        return qp.qpn % 2 == 1 ? qp : host.qp(cq);
    }

    private static void destroy(TestHost host, TestQp qp) {
        assertThat(host.command(CommandOpcode.DESTROY_QP,
                (slot, offset) -> DestroyQp.setQpn(slot, offset, qp.qpn))).isZero();
    }
}
