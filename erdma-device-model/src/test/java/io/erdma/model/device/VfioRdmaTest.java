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

    /** Alice and Bob, each behind a socket of its own, with a QP joined to the other's. */
    private static final class Guests implements AutoCloseable {
        final ServerFixture fixture;
        final Path alicePath;
        final Path bobPath;
        final SocketBus aliceBus;
        final SocketBus bobBus;
        final TestHost alice;
        final TestHost bob;
        final TestQp out;
        final TestQp in;

        Guests(CardSpec spec) {
            fixture = new ServerFixture(spec);
            alicePath = fixture.serve("alice");
            bobPath = fixture.serve("bob");
            aliceBus = bus(alicePath);
            bobBus = bus(bobPath);
            alice = host("alice", aliceBus);
            bob = host("bob", bobBus);
            out = alice.qp(alice.cq(4));
            in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
        }

        private TestHost host(String vport, SocketBus bus) {
            return new TestHost(bus, new HostMemoryArea(bus.memory), SPEC,
                    Ipv4.bits(fixture.card.vport(vport).spec().addresses().getFirst()));
        }

        /** What comes to either end next interrupts its guest. */
        void arm() {
            out.sendCq.arm(false);
            in.receiveCq.arm(false);
            in.receive(Piece.of(bob.mr(16), 0, 16));
        }

        @Override
        public void close() {
            aliceBus.close();
            bobBus.close();
            fixture.close();
        }
    }

    private static SocketBus bus(Path path) {
        return new SocketBus(path, SPEC, HostMemoryArea.BASE, BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void twoGuests_sendAndWriteToEachOther(int engineThreads) {
        try (Guests guests = new Guests(CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build())) {
            TestMr source = guests.alice.mr(1 << 20);
            TestMr target = guests.bob.mr(1 << 20);
            source.fill(1);

            guests.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 1 << 20)).ring();
            assertThat(guests.out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 1 << 20)).isEqualTo(source.copy(0, 1 << 20));

            guests.in.receive(Piece.of(target, 0, 16));
            guests.out.sendInline(TestQp.SIGNALED, (byte) 7).ring();
            assertThat(guests.in.receiveCq.await().opcode()).isEqualTo(CqeOpcode.RECV);
            assertThat(target.copy(0, 1)).containsExactly(7);
        }
    }

    @Test
    void aCompletion_interruptsTheGuest() {
        try (Guests guests = new Guests(CardSpec.twoTenants())) {
            guests.arm();

            guests.out.sendInline(TestQp.SIGNALED, (byte) 7).ring();

            assertThat(guests.aliceBus.awaitInterrupt(1)).as("her own, by the thread that serves her").isTrue();
            assertThat(guests.bobBus.awaitInterrupt(1)).as("his, by hers").isTrue();
            assertThat(guests.bobBus.interrupted(2)).isFalse();
        }
    }

    /** The eventfd of one of them is full, and holds who writes it. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void aGuestWhoseEventfdBlocks_holdsNoOther_andNotTheNextOnItsFunction(boolean sender) {
        try (Guests guests = new Guests(CardSpec.twoTenants())) {
            guests.arm();
            SocketBus blocking = sender ? guests.aliceBus : guests.bobBus;
            SocketBus other = sender ? guests.bobBus : guests.aliceBus;
            blocking.blockInterrupt(1);

            guests.out.sendInline(TestQp.SIGNALED, (byte) 7).ring();

            assertThat(other.awaitInterrupt(1)).isTrue();
            blocking.close();
            bus(sender ? guests.alicePath : guests.bobPath).close();
        }
    }
}
