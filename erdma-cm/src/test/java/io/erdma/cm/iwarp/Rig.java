package io.erdma.cm.iwarp;

import io.erdma.core.net.Netdev;
import io.erdma.core.testing.FakeMachine;
import io.erdma.core.testing.FakeNetwork;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Two hosts with a device each on one wire; time, work and deliveries go by hand. */
public final class Rig {
    /** A port that tests listen on. */
    public static final int PORT = 7174;

    public final ManualClock clock = new ManualClock();
    public final FakeNetwork network;
    public final Side alice;
    public final Side bob;

    /** Deliveries go by hand. */
    public Rig() { this(new FakeNetwork()); }

    /** Deliveries go by an executor. */
    public Rig(Executor deliveries) { this(new FakeNetwork(deliveries)); }

    private Rig(FakeNetwork network) {
        this.network = network;
        this.alice = new Side("alice", "00:16:3e:00:00:01", "10.0.0.1");
        this.bob = new Side("bob", "00:16:3e:00:00:02", "10.0.0.2");
    }

    /** One host. */
    public final class Side {
        public final FakeMachine machine;
        public final Netdev netdev;
        public final FakeDevice device;
        public final ManualWorkQueue queue;
        public final EndPoints endPoints;
        public final String address;

        Side(String name, String mac, String address) {
            this.address = address;
            machine = network.machine(name);
            netdev = machine.addNetdev("eth0", mac, address);
            device = new FakeDevice(netdev);
            queue = new ManualWorkQueue(clock, machine.ledger());
            endPoints = new EndPoints(machine.streams(), queue);
        }

        /** An address of this host. */
        public InetSocketAddress at(int port) {
            return new InetSocketAddress(address, port);
        }
    }

    /** Delivers and works until nothing is left to do. */
    public void settle() {
        int done;
        do {
            done = network.deliverAll() + alice.queue.runPending() + bob.queue.runPending();
        } while (done > 0);
    }

    /** Lets time pass, and what it brings happen. */
    public void pass(Duration time) {
        clock.advance(time);
        settle();
    }
}
