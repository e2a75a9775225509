package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.vfio.Fuzzer;
import io.erdma.model.vfio.ServerFixture;
import io.erdma.model.vfio.SocketBus;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that means no good, and beside it, on the same card, one that works. */
class VfioFuzzTest {
    private static final FunctionSpec SPEC = FunctionSpec.defaults();
    private static final int CHECK_EVERY = 1000;

    @Test
    void aHundredThousandMessages_hurtNobody() {
        fuzz(0x5EED, 100_000);
    }

    /** Ten million, or as many as there is time for ({@code erdma.soak.minutes}). */
    @Test
    @Tag("soak")
    void tenMillionMessages_hurtNobody() {
        fuzz(System.nanoTime(), 10_000_000);
    }

    private static void fuzz(long seed, long messages) {
        System.out.printf("seed 0x%x%n", seed);
        long begin = System.nanoTime();
        long limit = Long.getLong("erdma.soak.minutes", 5) * 60_000_000_000L;
        try (ServerFixture fixture = new ServerFixture()) {
            Path path = fixture.serve("alice", SPEC);
            try (SocketBus bus = new SocketBus(fixture.serve("bob", SPEC), SPEC, HostMemoryArea.BASE, 32 << 20)) {
                Bystander bystander = new Bystander(fixture, bus);
                try (Fuzzer fuzzer = new Fuzzer(seed, path)) {
                    while (fuzzer.sent < messages && System.nanoTime() - begin < limit) {
                        fuzzer.step();
                        if (fuzzer.sent / CHECK_EVERY > bystander.checks) {
                            bystander.check();
                        }
                    }
                    System.out.printf("%d messages, %d refused, %d connections, %d accesses to far memory%n",
                            fuzzer.sent,
                            fuzzer.refused, fuzzer.connections, fuzzer.asked);
                    assertThat(fuzzer.refused).isGreaterThan(fuzzer.sent / 5);
                    assertThat(fuzzer.asked).isGreaterThan(fuzzer.sent / 100);
                }
                // whoever comes next finds a function that works
                try (SocketBus next = new SocketBus(path, SPEC, HostMemoryArea.BASE, 1 << 20)) {
                    TestHost host = new TestHost(next, new HostMemoryArea(next.memory), SPEC, 0x0A000001);
                    assertThat(host.initialized()).isTrue();
                }
            }
        }
    }

    /** A guest that sends to itself. */
    private static final class Bystander {
        private final TestQp out;
        private final TestQp in;
        private final TestMr target;
        private long checks;

        Bystander(ServerFixture fixture, SocketBus bus) {
            TestHost host = new TestHost(bus, new HostMemoryArea(bus.memory), SPEC,
                    Ipv4.bits(fixture.card.vport("bob").spec().addresses().getFirst()));
            out = host.qp(host.cq(4));
            in = host.qp(host.cq(4));
            TestHost.join(out, in);
            target = host.mr(16);
        }

        void check() {
            checks++;
            in.receive(Piece.of(target, 0, 16));
            out.sendInline(TestQp.SIGNALED, (byte) checks).ring();
            assertThat(in.receiveCq.await().syndrome()).isZero();
            assertThat(out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 1)).containsExactly((byte) checks);
        }
    }
}
