package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.vfio.Fuzzer;
import io.erdma.model.vfio.ServerFixture;
import io.erdma.model.vfio.SocketBus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that means no good, and beside it, on the same card, one that works. */
class VfioFuzzTest {
    private static final FunctionSpec SPEC = FunctionSpec.defaults();
    private static final int CHECK_EVERY = 1000;

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void aHundredThousandMessages_hurtNobody(int engineThreads) {
        fuzz(0x5EED, engineThreads, 100_000);
    }

    /** Ten million, or as many as there is time for ({@code erdma.soak.minutes}, shared by both executions). */
    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    @Tag("soak")
    void tenMillionMessages_hurtNobody(int engineThreads) {
        fuzz(System.nanoTime(), engineThreads, 10_000_000);
    }

    private static void fuzz(long seed, int engineThreads, long messages) {
        System.out.printf("seed 0x%x, %d engine threads%n", seed, engineThreads);
        CardSpec card = CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build();
        try (ServerFixture fixture = new ServerFixture(card)) {
            Path path = fixture.serve("alice", SPEC);
            try (SocketBus bus = new SocketBus(fixture.serve("bob", SPEC), SPEC, HostMemoryArea.BASE, 32 << 20)) {
                fuzz(seed, messages, path, new Bystander(fixture, bus));
                // whoever comes next finds a function that works
                try (SocketBus next = new SocketBus(path, SPEC, HostMemoryArea.BASE, 1 << 20)) {
                    TestHost host = new TestHost(next, new HostMemoryArea(next.memory), SPEC, 0x0A000001);
                    assertThat(host.initialized()).isTrue();
                }
            }
        }
    }

    /** The bystander is in a thread of its own: an engine may wait for the fuzzer before it comes to him. */
    private static void fuzz(long seed, long messages, Path path, Bystander bystander) {
        long begin = System.nanoTime();
        long limit = Long.getLong("erdma.soak.minutes", 5) * 60_000_000_000L / 2;
        List<CompletableFuture<Void>> checks = new ArrayList<>();
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            try (Fuzzer fuzzer = new Fuzzer(seed, path)) {
                while (fuzzer.sent < messages && System.nanoTime() - begin < limit) {
                    fuzzer.step();
                    if (fuzzer.sent / CHECK_EVERY > checks.size()) {
                        checks.add(CompletableFuture.runAsync(bystander::check, other));
                    }
                }
                System.out.printf("%d messages, %d refused, %d connections, %d accesses to far memory%n", fuzzer.sent,
                        fuzzer.refused, fuzzer.connections, fuzzer.asked);
                assertThat(fuzzer.refused).isGreaterThan(fuzzer.sent / 5);
                assertThat(fuzzer.asked).isGreaterThan(fuzzer.sent / 100);
            }
            checks.forEach(CompletableFuture::join);
        }
    }

    /** A guest that sends to itself. */
    private static final class Bystander {
        private final TestQp out;
        private final TestQp in;
        private final TestMr target;
        private byte last;

        Bystander(ServerFixture fixture, SocketBus bus) {
            TestHost host = new TestHost(bus, new HostMemoryArea(bus.memory), SPEC,
                    Ipv4.bits(fixture.card.vport("bob").spec().addresses().getFirst()));
            out = host.qp(host.cq(4));
            in = host.qp(host.cq(4));
            TestHost.join(out, in);
            target = host.mr(16);
        }

        void check() {
            byte value = ++last;
            in.receive(Piece.of(target, 0, 16));
            out.sendInline(TestQp.SIGNALED, value).ring();
            assertThat(in.receiveCq.await().syndrome()).isZero();
            assertThat(out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 1)).containsExactly(value);
        }
    }
}
