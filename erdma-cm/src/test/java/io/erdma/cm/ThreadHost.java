package io.erdma.cm;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.core.exec.ThreadWorkQueue;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.testing.FakeMachine;
import io.erdma.core.testing.FakeNetwork;

/** A host whose connection manager works in a thread of its own. Closing it sees that nothing is left. */
final class ThreadHost implements AutoCloseable {
    final FakeMachine machine;
    final FakeDevice device;
    final FakeDirectory directory = new FakeDirectory();
    final MockVerbs verbs;
    final LeakLedger ledger = new LeakLedger();
    final ThreadWorkQueue queue;
    final ConnectionManager manager;

    ThreadHost(FakeNetwork network, String name, String mac, String address) {
        machine = network.machine(name);
        device = new FakeDevice(machine.addNetdev("eth0", mac, address));
        verbs = new MockVerbs(device);
        directory.add(device);
        directory.verbs(device, verbs.device);
        queue = new ThreadWorkQueue(name + "-cm", ledger);
        manager = new ConnectionManager(machine.streams(), machine.netdevs(), directory, queue);
    }

    @Override
    public void close() {
        manager.close();
        queue.close();
        assertThat(manager.idCount()).isZero();
        assertThat(manager.endPoints().count()).isZero();
        assertThat(device.references()).isZero();
        assertThat(machine.ledger().outstanding()).isEmpty();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(verbs.log.stream().filter(entry -> entry.startsWith("-")).count())
                .isEqualTo(verbs.log.stream().filter(entry -> entry.startsWith("+")).count());
    }
}
