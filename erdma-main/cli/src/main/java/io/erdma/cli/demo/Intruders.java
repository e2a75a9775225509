package io.erdma.cli.demo;

import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Conversation;
import io.erdma.cli.card.Session;
import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.hw.CongestionControl;
import io.erdma.model.flow.DropReason;
import io.erdma.model.spec.VportSpec;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/** What must not work: a wrong binding, an outsider's connection, a front end that lies to the card. */
final class Intruders {
    /** Permanent address of the wrong interface. */
    static final MacAddress FOREIGN = MacAddress.parse("02:ba:d0:ba:d0:01");
    /** Far longer than it takes: an outsider is refused at once. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int PORT = 4660;

    private Intruders() {}

    /** Binds a host's function to an interface of another MAC, before its link is made; the refusal's words, empty if it is not refused. */
    static String bindWrongly(Host host) {
        Netdev foreign = host.machine().netdevs().register("wrong0", FOREIGN, 1500, 1000);
        try {
            host.links().newlink("erdma", "wrong", foreign.name());
            host.links().dellink("wrong");
            return "";
        } catch (ErrnoException e) {
            return String.valueOf(e.getMessage());
        } finally {
            host.machine().netdevs().unregister(foreign);
        }
    }

    /**
     * An outsider's attempt to connect to a tenant that listens.
     *
     * @param end how it ended for the outsider; empty if it was connected
     * @param heard whether the tenant heard of it
     */
    record Attempt(String end, boolean heard) {
        boolean failed() {
            return !end.isEmpty() && !heard;
        }
    }

    static Attempt connectFromOutside(Session session, VportSpec outsider, VportSpec tenant) {
        ConnectionOptions patient = ConnectionOptions.builder().timeout(PATIENCE).build();
        InetSocketAddress door = new InetSocketAddress(Cast.address(tenant), Conversation.PORT);
        try (RdmaListener listener = session.host(tenant.name()).cm().listen(door, ConnectionOptions.DEFAULT)) {
            try (RdmaConnection _ = session.host(outsider.name()).cm().connect(door, patient)) {
                return new Attempt("", hears(listener, PATIENCE)); // each side in its own time
            } catch (ErrnoException e) {
                return new Attempt(String.valueOf(e.getMessage()), hears(listener, Duration.ZERO));
            }
        }
    }

    private static boolean hears(RdmaListener listener, Duration patience) {
        try (RdmaConnection _ = listener.accept(patience)) {
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /**
     * The liar tells its function an address that is not its own, and writes to the victim, whose QP waits for just that address.
     *
     * @param untouched nothing arrived in the victim's memory
     * @param status how the liar's request ended
     * @param drops packets of the liar that the card dropped as spoofed
     */
    record Lie(boolean untouched, WcStatus status, long drops) {}

    static Lie lie(Session session, Cast cast) {
        String liar = cast.sender().name();
        int victimAddress = bits(cast.receiver());
        int stolen = unusedAddress(session, cast.sender(), victimAddress);
        try (Arena arena = Arena.ofShared();
                Bare victim = new Bare(session.device(cast.receiver().name()), arena);
                Bare attacker = new Bare(session.device(liar), arena)) {
            victim.connect(victimAddress, PORT, stolen, PORT + 1, attacker.qp.cookie());
            attacker.connect(stolen, PORT + 1, victimAddress, PORT, victim.qp.cookie());
            attacker.memory.fill((byte) 0x66);
            SendRequest write = new SendRequest();
            write.opcode = WrOpcode.RDMA_WRITE;
            write.flags = SendFlag.SIGNALED;
            write.remoteAddress = victim.memory.address();
            write.remoteKey = victim.mr.rkey();
            write.addSge(attacker.memory.address(), (int) attacker.memory.byteSize(), attacker.mr.lkey());
            attacker.qp.postSend(write);
            Completions.take(attacker.cq, 1, attacker.done);
            WcStatus status = attacker.done[0].status;
            boolean untouched = victim.memory.mismatch(arena.allocate(victim.memory.byteSize())) < 0;
            return new Lie(untouched, status, session.card().vport(liar).flow().drops(DropReason.SPOOFED_ADDRESS));
        }
    }

    private static int bits(VportSpec vport) {
        return ByteBuffer.wrap(vport.addresses().getFirst().getAddress()).getInt();
    }

    /** An address that no vport of the card has, near the victim's. */
    private static int unusedAddress(Session session, VportSpec vport, int near) {
        int candidate = near;
        boolean taken = true;
        while (taken) {
            candidate++;
            byte[] wanted = ByteBuffer.allocate(4).putInt(candidate).array();
            taken = session.card().vports().stream()
                    .filter(other -> other.spec().vpc().equals(vport.vpc()))
                    .flatMap(other -> other.spec().addresses().stream())
                    .map(Inet4Address::getAddress)
                    .anyMatch(address -> Arrays.equals(address, wanted));
        }
        return candidate;
    }

    /** One end without a connection manager: a QP that is moved to RTS with whatever 4-tuple. */
    private static final class Bare implements AutoCloseable {
        private final ProtectionDomain pd;
        private final CompletionQueue cq;
        private final QueuePair qp;
        private final MemorySegment memory;
        private final MemoryRegion mr;
        private final WorkCompletion[] done = WorkCompletion.array(1);

        Bare(ErdmaDevice device, Arena arena) {
            pd = device.allocPd();
            cq = device.createCq(64);
            qp = pd.createQp(QpInitAttributes.of(cq).build());
            memory = arena.allocate(64, 8);
            mr = pd.regMr(memory, Access.values());
        }

        void connect(int source, int sourcePort, int destination, int destinationPort, int cookie) {
            qp.connect(new ConnectionParameters(CongestionControl.CUBIC, cookie, source, sourcePort, destination,
                    destinationPort, 1, 1, 0), 1, 1);
        }

        @Override
        public void close() {
            qp.close();
            mr.close();
            cq.close();
            pd.close();
        }
    }
}
