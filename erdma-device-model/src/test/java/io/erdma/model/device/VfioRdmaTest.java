package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.CqeOpcode;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.vfio.ServerFixture;
import io.erdma.model.vfio.SocketBus;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests' drivers by hand, each behind a socket of its own: what QEMU's guests do, without QEMU. */
class VfioRdmaTest {
    private static final FunctionSpec SPEC = FunctionSpec.defaults();
    private static final long BYTES = 32 << 20;

    private static SocketBus bus(Path path) {
        return new SocketBus(path, SPEC, HostMemoryArea.BASE, BYTES);
    }

    private static TestHost host(ServerFixture fixture, String vport, SocketBus bus) {
        return new TestHost(bus, new HostMemoryArea(bus.memory), SPEC,
                Ipv4.bits(fixture.card.vport(vport).spec().addresses().getFirst()));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void twoGuests_sendAndWriteToEachOther(int engineThreads) {
        CardSpec spec = CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build();
        try (ServerFixture fixture = new ServerFixture(spec);
                SocketBus aliceBus = bus(fixture.serve("alice"));
                SocketBus bobBus = bus(fixture.serve("bob"))) {
            TestHost alice = host(fixture, "alice", aliceBus);
            TestHost bob = host(fixture, "bob", bobBus);
            TestQp out = alice.qp(alice.cq(4));
            TestQp in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
            TestMr source = alice.mr(1 << 20);
            TestMr target = bob.mr(1 << 20);
            source.fill(1);

            out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 1 << 20)).ring();
            assertThat(out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 1 << 20)).isEqualTo(source.copy(0, 1 << 20));

            in.receive(Piece.of(target, 0, 16));
            out.sendInline(TestQp.SIGNALED, (byte) 7).ring();
            assertThat(in.receiveCq.await().opcode()).isEqualTo(CqeOpcode.RECV);
            assertThat(target.copy(0, 1)).containsExactly(7);
        }
    }

    @Test
    void aCompletion_interruptsTheGuest() {
        try (ServerFixture fixture = new ServerFixture();
                SocketBus aliceBus = bus(fixture.serve("alice"));
                SocketBus bobBus = bus(fixture.serve("bob"))) {
            TestHost alice = host(fixture, "alice", aliceBus);
            TestHost bob = host(fixture, "bob", bobBus);
            TestQp out = alice.qp(alice.cq(4));
            TestQp in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
            out.sendCq.arm(false);
            in.receiveCq.arm(false);
            in.receive(Piece.of(bob.mr(16), 0, 16));

            out.sendInline(TestQp.SIGNALED, (byte) 7).ring();

            assertThat(aliceBus.awaitInterrupt(1)).as("her own, by the thread that serves her").isTrue();
            assertThat(bobBus.awaitInterrupt(1)).as("his, by hers").isTrue();
            assertThat(bobBus.interrupted(2)).isFalse();
        }
    }

    /** The eventfd of one of them is full, and holds who writes it. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void aGuestWhoseEventfdBlocks_holdsNoOther_andNotTheNextOnItsFunction(boolean sender) {
        try (ServerFixture fixture = new ServerFixture()) {
            Path alicePath = fixture.serve("alice");
            Path bobPath = fixture.serve("bob");
            SocketBus aliceBus = bus(alicePath);
            SocketBus bobBus = bus(bobPath);
            TestHost alice = host(fixture, "alice", aliceBus);
            TestHost bob = host(fixture, "bob", bobBus);
            TestQp out = alice.qp(alice.cq(4));
            TestQp in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
            out.sendCq.arm(false);
            in.receiveCq.arm(false);
            in.receive(Piece.of(bob.mr(16), 0, 16));
            SocketBus blocking = sender ? aliceBus : bobBus;
            SocketBus other = sender ? bobBus : aliceBus;
            blocking.blockInterrupt(1);

            out.sendInline(TestQp.SIGNALED, (byte) 7).ring();

            assertThat(other.awaitInterrupt(1)).isTrue();
            blocking.close();
            bus(sender ? alicePath : bobPath).close();
            other.close();
        }
    }
}
