package io.erdma.cm;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.testing.FakeNetwork;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Queues that are threads, and a network that calls back within the calls that cause it. */
class ThreadsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final FakeNetwork network = new FakeNetwork(Runnable::run);
    private final ThreadHost alice = new ThreadHost(network, "alice", "00:16:3e:00:00:01", "10.0.0.1");
    private final ThreadHost bob = new ThreadHost(network, "bob", "00:16:3e:00:00:02", "10.0.0.2");

    @Test
    void oneThread_listensConnectsAndAccepts() {
        try (alice;
                bob;
                RdmaListener door = bob.manager.listen("10.0.0.2", 7174);
                RdmaConnection out = alice.manager.connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG)) {
            assertThat(in.id().remoteAddress()).contains(out.id().localAddress());
            out.disconnect();
            assertThat(in.awaitDisconnected(LONG)).isTrue();
        }
    }

    @Test
    void manyThreadsConnectAndClose_andNothingIsLeft() throws Exception {
        int threads = 4;
        int rounds = 50;
        ExecutorService pool = Executors.newFixedThreadPool(2 * threads);
        try (alice;
                bob;
                RdmaListener door = bob.manager.listen(new InetSocketAddress("10.0.0.2", 7174),
                        ConnectionOptions.builder().backlog(10_000).build())) {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                boolean graceful = i % 2 == 0;
                work.add(() -> connect(rounds, graceful));
                work.add(() -> accept(door, rounds));
            }
            for (Future<Integer> done : pool.invokeAll(work)) {
                assertThat(done.get()).isEqualTo(rounds);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private int connect(int rounds, boolean graceful) {
        for (int i = 0; i < rounds; i++) {
            try (RdmaConnection out = alice.manager.connect("10.0.0.2", 7174)) {
                if (graceful) {
                    out.disconnect();
                    assertThat(out.awaitDisconnected(LONG)).isTrue();
                }
            }
        }
        return rounds;
    }

    private static int accept(RdmaListener door, int rounds) {
        for (int i = 0; i < rounds; i++) {
            try (RdmaConnection in = door.accept(LONG)) {
                assertThat(in.awaitDisconnected(LONG)).isTrue();
            }
        }
        return rounds;
    }

    @Test
    void idThatWandersBetweenChannels_losesNoEvent_andKeepsTheirOrder() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try (alice; bob) {
            RdmaEventChannel home = alice.manager.createEventChannel();
            RdmaEventChannel abroad = alice.manager.createEventChannel();
            for (int round = 0; round < 100; round++) {
                try (RdmaCmId id = alice.manager.createId(home)) {
                    Future<?> wandering = pool.submit(() -> wander(id, abroad, home));
                    id.resolveAddr(new InetSocketAddress("10.0.0.2", 7174));
                    awaitState(id, RdmaCmState.ADDR_RESOLVED);
                    id.resolveRoute();
                    wandering.get();

                    assertThat(home.get(LONG).type()).isEqualTo(RdmaCmEventType.ADDR_RESOLVED);
                    assertThat(home.get(LONG).type()).isEqualTo(RdmaCmEventType.ROUTE_RESOLVED);
                    assertThat(home.poll()).isEmpty();
                    assertThat(abroad.poll()).isEmpty();
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** Back and forth until it may connect; it ends at home. */
    private static void wander(RdmaCmId id, RdmaEventChannel abroad, RdmaEventChannel home) {
        while (id.state() != RdmaCmState.ROUTE_RESOLVED) {
            id.migrate(abroad);
            id.migrate(home);
        }
    }

    private static void awaitState(RdmaCmId id, RdmaCmState state) {
        while (id.state() != state) {
            Thread.onSpinWait();
        }
    }

    @Test
    void closingTheManagers_whileConnectionsAreMade_endsEveryCall_andLeavesNothing() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            RdmaListener door = bob.manager.listen("10.0.0.2", 7174);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(pool.submit(this::connectUntilRefused));
            }
            calls.add(pool.submit(() -> acceptUntilRefused(door)));
            RdmaConnection sign = alice.manager.connect("10.0.0.2", 7174);
            bob.manager.close();
            alice.manager.close();
            for (Future<?> call : calls) {
                call.get();
            }
            sign.close();
            door.close();
        } finally {
            pool.shutdownNow();
        }
        alice.close();
        bob.close();
    }

    private void connectUntilRefused() {
        try {
            while (true) {
                alice.manager.connect("10.0.0.2", 7174).close();
            }
        } catch (ErrnoException e) {
            assertThat(e).hasMessageNotContaining("ETIMEDOUT");
        }
    }

    private static void acceptUntilRefused(RdmaListener door) {
        try {
            while (true) {
                door.accept().close();
            }
        } catch (ErrnoException e) {
            assertThat(e).hasMessageContaining("EBADF");
        }
    }
}
