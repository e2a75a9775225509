package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.Resource;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.core.net.StreamObserver;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FakeNetworkTest {
    private static final InetSocketAddress ALICE = end("10.0.0.1", 0);
    private static final InetSocketAddress DOOR = end("10.0.0.2", 7174);

    private final FakeNetwork network = new FakeNetwork();
    private final FakeMachine alice = network.machine("alice");
    private final FakeMachine bob = network.machine("bob");
    private final Heard heard = new Heard();
    private final List<Stream> accepted = new ArrayList<>();

    @BeforeEach
    void interfaces() {
        alice.addNetdev("eth0", "00:16:3e:00:00:01", "10.0.0.1");
        bob.addNetdev("eth0", "00:16:3e:00:00:02", "10.0.0.2");
    }

    private static InetSocketAddress end(String address, int port) {
        return new InetSocketAddress(Inet4Address.ofLiteral(address), port);
    }

    private StreamListener listen(InetSocketAddress local, int backlog) {
        return bob.streams().listen(local, Optional.empty(), backlog, accepted::add);
    }

    private Stream connect() {
        return alice.streams().connect(Optional.empty(), DOOR, heard);
    }

    private record Pair(Stream active, Stream passive) {}

    private Pair connected() {
        listen(DOOR, 1);
        Stream active = connect();
        network.deliverAll();
        return new Pair(active, accepted.getLast());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String read(Stream stream) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        stream.read(buffer);
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    }

    private static int readCount(Stream stream) {
        return stream.read(ByteBuffer.allocate(10));
    }

    private static void assertErrno(Errno errno, Runnable call) {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(call::run)
                .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** What an observer was told, in order. */
    private static final class Heard implements StreamObserver {
        private final List<String> events = new ArrayList<>();

        @Override
        public void connected() {
            events.add("connected");
        }

        @Override
        public void connectFailed(Errno reason) {
            events.add(reason.name());
        }

        @Override
        public void readable() {
            events.add("readable");
        }

        @Override
        public void peerClosed() {
            events.add("peerClosed");
        }
    }

    @Test
    void connect_doesNothingUntilDelivered_thenBothEndsStand() {
        listen(DOOR, 1);
        Stream active = connect();
        assertThat(heard.events).isEmpty();
        assertErrno(Errno.ENOTCONN, () -> active.write(bytes("x")));

        network.deliverAll();

        assertThat(heard.events).containsExactly("connected");
        Stream passive = accepted.getFirst();
        assertThat(passive.local()).isEqualTo(DOOR).isEqualTo(active.remote());
        assertThat(passive.remote()).isEqualTo(active.local());
        assertThat(active.local().getAddress()).isEqualTo(ALICE.getAddress());
        assertThat(active.local().getPort()).isBetween(32768, 60999);
    }

    @Test
    void sequenceNumbers_agreeAtBothEnds_countBytes_andWrap() {
        network.nextSequence(-3);
        Pair pair = connected();
        assertThat(pair.active.sendSequence()).isEqualTo(-2).isEqualTo(pair.passive.receiveSequence());
        assertThat(pair.passive.sendSequence()).isEqualTo(pair.active.receiveSequence());

        assertThat(pair.active.write(bytes("hello"))).isEqualTo(5);
        network.deliverAll();
        assertThat(pair.active.sendSequence()).isEqualTo(3);
        assertThat(pair.passive.receiveSequence()).isEqualTo(-2);
        assertThat(read(pair.passive)).isEqualTo("hello");
        assertThat(pair.passive.receiveSequence()).isEqualTo(3);
    }

    @Test
    void bytes_arriveInOrder_andOnlyWhenDelivered() {
        Pair pair = connected();
        pair.active.write(bytes("ab"));
        pair.active.write(bytes("cd"));
        assertThat(readCount(pair.passive)).isZero();
        network.step();
        assertThat(read(pair.passive)).isEqualTo("abcd");
        pair.passive.write(bytes("back"));
        network.deliverAll();
        assertThat(heard.events).containsExactly("connected", "readable");
        assertThat(read(pair.active)).isEqualTo("back");
    }

    @Test
    void segmentBytes_cutsTheStream() {
        Pair pair = connected();
        network.segmentBytes(1);
        pair.active.write(bytes("abc"));
        network.step();
        assertThat(read(pair.passive)).isEqualTo("a");
        network.step();
        assertThat(read(pair.passive)).isEqualTo("b");
        network.deliverAll();
        assertThat(read(pair.passive)).isEqualTo("c");
    }

    @Test
    void write_beyondTheWindow_takesWhatFits() {
        Pair pair = connected();
        network.windowBytes(4);
        assertThat(pair.active.write(bytes("abcdef"))).isEqualTo(4);
        network.deliverAll();
        assertThat(pair.active.write(bytes("ef"))).isZero();
        assertThat(read(pair.passive)).isEqualTo("abcd");
        assertThat(pair.active.write(bytes("ef"))).isEqualTo(2);
    }

    @Test
    void close_letsThePeerReadWhatWasSent_thenTheEnd() {
        Pair pair = connected();
        Heard peer = new Heard();
        pair.passive.observe(peer);
        pair.active.write(bytes("bye"));
        pair.active.close();
        pair.active.close();
        network.deliverAll();
        assertThat(peer.events).containsExactly("readable", "peerClosed");
        assertThat(read(pair.passive)).isEqualTo("bye");
        assertThat(readCount(pair.passive)).isEqualTo(-1);
        assertErrno(Errno.EPIPE, () -> pair.passive.write(bytes("x")));
        assertErrno(Errno.EPIPE, () -> pair.active.write(bytes("x")));
        assertThat(heard.events).as("no event follows one's own close").containsExactly("connected");
    }

    @Test
    void observe_late_hearsWhatIsAlreadySo() {
        Pair pair = connected();
        pair.active.write(bytes("x"));
        pair.active.close();
        network.deliverAll();
        Heard late = new Heard();
        pair.passive.observe(late);
        assertThat(late.events).containsExactly("readable", "peerClosed");
    }

    @Test
    void handOver_endsReadingAndWriting_butReportsThePeersClose_andStillCloses() {
        Pair pair = connected();
        Heard peer = new Heard();
        pair.passive.observe(peer);
        pair.passive.handOver();
        pair.active.write(bytes("unread"));
        network.deliverAll();
        assertThat(readCount(pair.passive)).isZero();
        assertErrno(Errno.EPIPE, () -> pair.passive.write(bytes("x")));
        assertThat(peer.events).isEmpty();

        pair.passive.close();
        network.deliverAll();
        assertThat(heard.events).containsExactly("connected", "readable", "peerClosed");
    }

    @Test
    void handOver_reportsThePeersClose() {
        Pair pair = connected();
        Heard peer = new Heard();
        pair.passive.observe(peer);
        pair.passive.handOver();
        pair.active.close();
        network.deliverAll();
        assertThat(peer.events).containsExactly("peerClosed");
    }

    @Test
    void connect_whereNobodyListens_isRefused() {
        connect();
        network.deliverAll();
        assertThat(heard.events).containsExactly("ECONNREFUSED");
        assertThat(alice.ledger().outstanding()).isEmpty();
    }

    @Test
    void connect_toAnAddressThatNobodyHas_isUnreachable() {
        alice.streams().connect(Optional.empty(), end("10.0.0.9", 1), heard);
        network.deliverAll();
        assertThat(heard.events).containsExactly("EHOSTUNREACH");
    }

    @Test
    void connect_whereNoInterfaceLeads_isRefusedAtOnce() {
        assertErrno(Errno.ENETUNREACH,
                () -> alice.streams().connect(Optional.empty(), end("10.9.0.1", 1), heard));
        alice.netdevs().byName("eth0").orElseThrow().setUp(false);
        assertErrno(Errno.ENETUNREACH, this::connect);
        assertThat(alice.streams().route(DOOR)).isEmpty();
        assertThat(alice.ledger().outstanding()).isEmpty();
    }

    @Test
    void connect_byScript_failsWithTheReason_orIsSilent_untilHealed() {
        listen(DOOR, 1);
        network.refuse(DOOR, Errno.ETIMEDOUT);
        connect();
        network.deliverAll();
        network.silence(DOOR);
        Stream silent = connect();
        network.deliverAll();
        assertThat(heard.events).containsExactly("ETIMEDOUT");
        network.heal(DOOR);
        connect();
        network.deliverAll();
        assertThat(heard.events).containsExactly("ETIMEDOUT", "connected");
        silent.close();
        assertThat(alice.ledger().held(Resource.STREAM)).isEqualTo(1);
    }

    @Test
    void connect_fromAForeignOrIpv6Address_isRefused() throws UnknownHostException {
        assertErrno(Errno.EADDRNOTAVAIL,
                () -> alice.streams().connect(Optional.of(end("10.0.0.2", 0)), DOOR, heard));
        InetSocketAddress six = new InetSocketAddress(InetAddress.getByName("::1"), 1);
        assertErrno(Errno.EAFNOSUPPORT, () -> alice.streams().connect(Optional.empty(), six, heard));
        assertErrno(Errno.EAFNOSUPPORT, () -> alice.streams().connect(Optional.of(six), DOOR, heard));
        assertErrno(Errno.EAFNOSUPPORT, () -> alice.streams().route(six));
        assertErrno(Errno.EAFNOSUPPORT, () -> listen(six, 1));
    }

    @Test
    void connect_localPort_servesSeveralPeers_butNotOneTwice() {
        listen(DOOR, 9);
        listen(end("10.0.0.2", 7175), 9);
        Optional<InetSocketAddress> local = Optional.of(end("10.0.0.1", 4000));
        alice.streams().connect(local, DOOR, heard);
        alice.streams().connect(local, end("10.0.0.2", 7175), heard);
        network.deliverAll();
        assertThat(heard.events).containsExactly("connected", "connected");
        assertErrno(Errno.EADDRINUSE, () -> alice.streams().connect(local, DOOR, heard));
    }

    @Test
    void listen_onATakenPort_isRefused_untilItIsClosed() {
        StreamListener first = listen(DOOR, 1);
        assertErrno(Errno.EADDRINUSE, () -> listen(end("0.0.0.0", 7174), 1));
        assertErrno(Errno.EADDRNOTAVAIL, () -> listen(end("10.0.0.1", 7174), 1));
        first.close();
        first.close();
        assertThat(bob.ledger().outstanding()).isEmpty();
        listen(end("0.0.0.0", 7174), 1);
        assertThat(listen(end("0.0.0.0", 0), 1).local().getPort()).isGreaterThanOrEqualTo(32768);
    }

    @Test
    void listen_onAnInterface_takesConnectionsToItsAddressesOnly() {
        Netdev second = bob.addNetdev("eth1", "00:16:3e:00:00:03", "10.0.0.3");
        bob.streams().listen(end("0.0.0.0", 7174), Optional.of(second), 1, accepted::add);
        connect();
        alice.streams().connect(Optional.empty(), end("10.0.0.3", 7174), heard);
        network.deliverAll();
        assertThat(heard.events).containsExactly("ECONNREFUSED", "connected");
    }

    @Test
    void backlog_makesLaterOpenersWait_andCloseRefusesThem() {
        StreamListener listener = listen(DOOR, 1);
        connect();
        connect();
        network.step();
        network.step();
        listener.close();
        network.deliverAll();
        assertThat(heard.events).containsExactlyInAnyOrder("ECONNRESET", "ECONNREFUSED");
        assertThat(accepted).isEmpty();
        assertThat(bob.ledger().outstanding()).isEmpty();
        assertThat(alice.ledger().outstanding()).isEmpty();
    }

    @Test
    void backlog_letsWaitingOpenersInAsItEmpties_pastOnesThatGaveUp() {
        listen(DOOR, 1);
        connect();
        Stream givenUp = connect();
        connect();
        network.step();
        network.step();
        network.step();
        givenUp.close();
        network.deliverAll();
        assertThat(heard.events).containsExactly("connected", "connected");
        assertThat(accepted).hasSize(2);
    }

    @Test
    void listenerClose_leavesAcceptedStreamsAlone() {
        StreamListener listener = listen(DOOR, 1);
        Stream active = connect();
        network.deliverAll();
        listener.close();
        active.write(bytes("x"));
        network.deliverAll();
        assertThat(read(accepted.getFirst())).isEqualTo("x");
    }

    @Test
    void openerThatClosesEarly_endsTheAcceptedStream() {
        listen(DOOR, 1);
        Stream active = connect();
        network.step();
        active.close();
        network.deliverAll();
        assertThat(heard.events).isEmpty();
        assertThat(readCount(accepted.getFirst())).isEqualTo(-1);
    }

    @Test
    void interfaceDown_holdsDataAndTheEndBack_untilItIsUp() {
        Pair pair = connected();
        Netdev wire = alice.netdevs().byName("eth0").orElseThrow();
        wire.setCarrier(false);
        pair.active.write(bytes("late"));
        pair.active.close();
        network.deliverAll();
        assertThat(readCount(pair.passive)).isZero();
        wire.setCarrier(true);
        network.deliverAll();
        assertThat(read(pair.passive)).isEqualTo("late");
        assertThat(readCount(pair.passive)).isEqualTo(-1);
    }

    @Test
    void reset_endsBothSides_afterWhatHadArrived() {
        Pair pair = connected();
        pair.active.write(bytes("in"));
        network.deliverAll();
        pair.active.write(bytes("on"));
        network.reset(pair.active);
        network.deliverAll();
        assertThat(read(pair.passive)).isEqualTo("inon");
        assertThat(readCount(pair.passive)).isEqualTo(-1);
        assertThat(readCount(pair.active)).isEqualTo(-1);
        assertThat(heard.events).containsExactly("connected", "readable", "peerClosed");
    }

    @Test
    void loopback_joinsTwoEndsOfOneMachine() {
        alice.streams().listen(end("10.0.0.1", 5), Optional.empty(), 1, accepted::add);
        alice.streams().connect(Optional.empty(), end("10.0.0.1", 5), heard);
        network.deliverAll();
        assertThat(heard.events).containsExactly("connected");
        assertThat(alice.streams().route(end("10.0.0.1", 5))).isPresent();
    }

    @Test
    void inlineNetwork_deliversWithinTheCall_withoutNesting() {
        FakeNetwork inline = new FakeNetwork(Runnable::run);
        FakeMachine left = inline.machine("left");
        FakeMachine right = inline.machine("right");
        left.addNetdev("eth0", "00:16:3e:00:00:01", "10.0.0.1");
        right.addNetdev("eth0", "00:16:3e:00:00:02", "10.0.0.2");
        List<Integer> depths = new ArrayList<>();
        int[] depth = { 0 };
        right.streams().listen(DOOR, Optional.empty(), 1, stream -> stream.observe(new Echo(stream, depth, depths)));
        Heard answers = new Heard();
        Stream active = left.streams().connect(Optional.empty(), DOOR, answers);
        active.write(bytes("ping"));
        assertThat(read(active)).isEqualTo("ping");
        assertThat(answers.events).containsExactly("connected", "readable");
        assertThat(depths).containsOnly(1);
    }

    private record Echo(Stream stream, int[] depth, List<Integer> depths) implements StreamObserver {
        @Override
        public void connected() {}

        @Override
        public void connectFailed(Errno reason) {}

        @Override
        public void readable() {
            depths.add(++depth[0]);
            stream.write(bytes(FakeNetworkTest.read(stream)));
            depth[0]--;
        }

        @Override
        public void peerClosed() {}
    }

    @Test
    void everythingClosed_leavesNothingHeld() {
        Pair pair = connected();
        assertThat(alice.ledger().outstanding()).containsOnlyKeys(Resource.STREAM);
        assertThat(bob.ledger().outstanding()).containsOnlyKeys(Resource.STREAM, Resource.LISTENER);
        pair.active.close();
        pair.passive.close();
        network.deliverAll();
        assertThat(alice.ledger().outstanding()).isEmpty();
        assertThat(bob.ledger().held(Resource.STREAM)).isZero();
    }
}
