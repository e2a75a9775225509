package io.erdma.cm;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.cm.iwarp.FakeQp;
import io.erdma.cm.iwarp.Rig;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Two hosts, each with a connection manager and a channel that keeps events; time and work go by hand. */
final class Hosts {
    static final int PORT = Rig.PORT;

    final Rig rig;
    final Host alice;
    final Host bob;

    Hosts() { this(new Rig()); }

    Hosts(Rig rig) {
        this.rig = rig;
        this.alice = new Host(rig.alice);
        this.bob = new Host(rig.bob);
    }

    static final class Host {
        final Rig.Side side;
        final FakeDirectory directory = new FakeDirectory();
        final ConnectionManager manager;
        final RdmaEventChannel channel;

        Host(Rig.Side side) {
            this.side = side;
            directory.add(side.device);
            manager = new ConnectionManager(side.machine.streams(), side.machine.netdevs(), directory, side.queue);
            channel = manager.createEventChannel();
        }

        RdmaCmId id() { return manager.createId(channel); }

        FakeQp qp() { return side.device.createQp(); }

        FakeDevice device() { return side.device; }

        InetSocketAddress at(int port) { return side.at(port); }

        /** The only event that waits. */
        RdmaCmEvent event() {
            RdmaCmEvent event = channel.poll().orElseThrow(() -> new AssertionError("no event"));
            assertThat(channel.poll()).as("another event").isEmpty();
            return event;
        }

        /** Types of all events that wait. */
        List<RdmaCmEventType> events() {
            List<RdmaCmEventType> types = new ArrayList<>();
            for (Optional<RdmaCmEvent> event = channel.poll(); event.isPresent(); event = channel.poll()) {
                types.add(event.get().type());
            }
            return types;
        }
    }

    /** An id of alice that can be connected to bob. */
    RdmaCmId resolved(InetSocketAddress destination) {
        RdmaCmId id = alice.id();
        id.resolveAddr(destination);
        rig.settle();
        assertThat(alice.event().type()).isEqualTo(RdmaCmEventType.ADDR_RESOLVED);
        id.resolveRoute();
        rig.settle();
        assertThat(alice.event().type()).isEqualTo(RdmaCmEventType.ROUTE_RESOLVED);
        return id;
    }

    RdmaCmId listening() {
        RdmaCmId id = bob.id();
        id.bindAddr(bob.at(PORT));
        id.listen(0);
        return id;
    }

    /** Closes both hosts and sees that nothing is left. */
    void closeAndCheck() {
        alice.manager.close();
        bob.manager.close();
        rig.settle();
        for (Host host : List.of(alice, bob)) {
            assertThat(host.manager.idCount()).isZero();
            assertThat(host.manager.endPoints().count()).isZero();
            assertThat(host.directory.observers()).isZero();
            assertThat(host.device().references()).isZero();
            assertThat(host.side.machine.ledger().outstanding()).isEmpty();
        }
    }

    static void assertErrno(Errno errno, ThrowingCallable call) {
        Assertions.assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno));
    }
}
