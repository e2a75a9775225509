package io.erdma.model.net;

import static io.erdma.model.net.Link.at;
import static io.erdma.model.net.Link.read;
import static io.erdma.model.net.Link.readCount;
import static io.erdma.model.net.Link.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.Resource;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.model.spec.Ipv4;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What io.erdma.core.net promises of streams, on every network that we have. */
@ParameterizedClass
@EnumSource(Backend.class)
class StreamContractTest {
    private static final InetSocketAddress DOOR = at("10.0.0.2", 7174);

    @Parameter private Backend backend;

    private Backend.Hosts hosts;
    private final Recorder heard = new Recorder();
    private final List<Stream> accepted = new ArrayList<>();
    private Stream active;

    @BeforeEach
    void open() {
        hosts = backend.open();
    }

    @AfterEach
    void close() {
        hosts.close().run();
    }

    private void settle() {
        hosts.settle().run();
    }

    private StreamListener listen(InetSocketAddress local) {
        return hosts.bob().streams().listen(local, Optional.empty(), 16, accepted::add);
    }

    private Stream connect(InetSocketAddress remote) {
        Stream stream = hosts.alice().streams().connect(Optional.empty(), remote, heard);
        settle();
        return stream;
    }

    private Stream passive() {
        return accepted.getLast();
    }

    private void connected() {
        listen(DOOR);
        active = connect(DOOR);
        heard.heard.clear();
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void connect_toAListener_standsAtBothEnds() {
        listen(DOOR);

        active = connect(DOOR);

        assertThat(heard.heard).containsExactly("connected");
        assertThat(passive().local()).isEqualTo(DOOR).isEqualTo(active.remote());
        assertThat(passive().remote()).isEqualTo(active.local());
        assertThat(active.local().getAddress().getHostAddress()).isEqualTo("10.0.0.1");
        assertThat(active.local().getPort()).isBetween(32768, 60999);
    }

    @Test
    void connect_toAPortNobodyListensOn_isRefused_andTheStreamIsClosed() {
        Stream stream = connect(DOOR);

        assertThat(heard.heard).containsExactly("failed ECONNREFUSED");
        assertThat(hosts.alice().ledger().held(Resource.STREAM)).isZero();
        assertThat(readCount(stream)).isEqualTo(-1);
        assertErrno(Errno.EPIPE, () -> write(stream, "x"));
    }

    @Test
    void connect_withoutAnInterfaceThatRuns_isEnetunreach_andHoldsNothing() {
        hosts.alice().netdevs().byName("eth0").orElseThrow().setUp(false);

        assertErrno(Errno.ENETUNREACH, () -> connect(DOOR));
        assertErrno(Errno.ENETUNREACH,
                () -> hosts.alice().streams().connect(Optional.of(at("10.0.0.1", 0)), DOOR, heard));
        assertThat(hosts.alice().streams().route(DOOR)).isEmpty();
        assertThat(hosts.alice().ledger().outstanding()).isEmpty();
    }

    @Test
    void connect_fromAnAddressOfAnother_isEaddrnotavail() {
        assertErrno(Errno.EADDRNOTAVAIL,
                () -> hosts.alice().streams().connect(Optional.of(at("10.0.0.2", 0)), DOOR, heard));
        assertErrno(Errno.EADDRNOTAVAIL, () -> listen(at("10.0.0.1", 7174)));
    }

    @Test
    void anotherFamily_isEafnosupport() throws UnknownHostException {
        InetSocketAddress six = new InetSocketAddress(InetAddress.getByName("::1"), 1);

        assertErrno(Errno.EAFNOSUPPORT, () -> connect(six));
        assertErrno(Errno.EAFNOSUPPORT, () -> hosts.alice().streams().connect(Optional.of(six), DOOR, heard));
        assertErrno(Errno.EAFNOSUPPORT, () -> listen(six));
        assertErrno(Errno.EAFNOSUPPORT, () -> hosts.alice().streams().route(six));
    }

    @Test
    void aLocalPort_servesSeveralPeers_butNotOneTwice() {
        listen(DOOR);
        listen(at("10.0.0.2", 7175));
        Optional<InetSocketAddress> local = Optional.of(at("10.0.0.1", 4000));
        hosts.alice().streams().connect(local, DOOR, heard);

        hosts.alice().streams().connect(local, at("10.0.0.2", 7175), heard);
        settle();

        assertThat(heard.heard).containsExactly("connected", "connected");
        assertErrno(Errno.EADDRINUSE, () -> hosts.alice().streams().connect(local, DOOR, heard));
    }

    @Test
    void listen_onPort0_getsAFreeOne() {
        StreamListener one = listen(at("10.0.0.2", 0));
        StreamListener other = listen(at("10.0.0.2", 0));

        assertThat(one.local().getPort()).isBetween(32768, 60999).isNotEqualTo(other.local().getPort());
    }

    @Test
    void listen_onATakenPort_isEaddrinuse_untilItIsClosed() {
        StreamListener first = listen(DOOR);
        assertErrno(Errno.EADDRINUSE, () -> listen(DOOR));
        assertErrno(Errno.EADDRINUSE, () -> listen(at("0.0.0.0", 7174)));

        first.close();
        first.close();
        assertThat(hosts.bob().ledger().held(Resource.LISTENER)).isZero();
        listen(at("0.0.0.0", 7174));

        assertErrno(Errno.EADDRINUSE, () -> listen(DOOR));
    }

    @Test
    void listen_forOneInterface_hearsOnlyWhatComesToItsAddresses() {
        Netdev second = hosts.bob().netdevs().register("eth1", MacAddress.parse("02:00:00:00:00:03"), 1500, 1000);
        second.addInetAddress(Ipv4.parse("10.0.0.3"));
        second.setUp(true);
        hosts.bob().streams().listen(at("0.0.0.0", 7174), Optional.of(second), 1, accepted::add);

        connect(DOOR);

        assertThat(heard.heard).containsExactly("failed ECONNREFUSED");
    }

    @Test
    void bytes_arriveInOrder_andCountInTheSequenceNumbers() {
        connected();
        int sent = active.sendSequence();
        assertThat(passive().receiveSequence()).isEqualTo(sent);

        assertThat(write(active, "hello ")).isEqualTo(6);
        write(active, "world");
        settle();

        assertThat(active.sendSequence()).isEqualTo(sent + 11);
        assertThat(passive().receiveSequence()).isEqualTo(sent);
        assertThat(read(passive())).isEqualTo("hello world");
        assertThat(passive().receiveSequence()).isEqualTo(sent + 11);
        assertThat(passive().sendSequence()).isEqualTo(active.receiveSequence());
        assertThat(heard.heard).isEmpty();
        write(passive(), "back");
        settle();
        assertThat(heard.heard).containsExactly("readable");
        assertThat(read(active)).isEqualTo("back");
    }

    @Test
    void write_takesWhatFits_andGoesOnWhenThePeerHasRead() {
        connected();
        ByteBuffer much = ByteBuffer.allocate(200_000);
        int room = active.write(much);
        settle();

        assertThat(room).isBetween(1, 199_999);
        assertThat(active.write(much)).isZero();
        assertThat(passive().read(ByteBuffer.allocate(1000))).isEqualTo(1000);
        assertThat(active.write(much)).isEqualTo(1000);
    }

    @Test
    void close_letsThePeerReadWhatWasSent_andThenTheEnd() {
        connected();
        Recorder peer = new Recorder();
        passive().observe(peer);
        write(active, "bye");

        active.close();
        active.close();
        settle();

        assertThat(peer.heard).contains("readable").endsWith("peerClosed").containsOnlyOnce("peerClosed");
        assertThat(read(passive())).isEqualTo("bye");
        assertThat(readCount(passive())).isEqualTo(-1);
        assertErrno(Errno.EPIPE, () -> write(passive(), "x"));
        assertErrno(Errno.EPIPE, () -> write(active, "x"));
        assertThat(readCount(active)).isEqualTo(-1);
        assertThat(heard.heard).as("no event follows one's own close").isEmpty();
        passive().close();
        settle();
        assertThat(hosts.alice().ledger().held(Resource.STREAM)).isZero();
        assertThat(hosts.bob().ledger().held(Resource.STREAM)).isZero();
    }

    @Test
    void close_fromBothEnds_leavesNothing() {
        connected();

        active.close();
        passive().close();
        settle();

        assertThat(hosts.alice().ledger().outstanding()).isEmpty();
        assertThat(hosts.bob().ledger().held(Resource.STREAM)).isZero();
    }

    @Test
    void observe_late_hearsWhatIsAlreadySo() {
        connected();
        write(active, "x");
        active.close();
        settle();
        Recorder late = new Recorder();

        passive().observe(late);

        assertThat(late.heard).containsExactly("readable", "peerClosed");
    }

    @Test
    void handOver_endsReadingAndWriting_butThePeersCloseIsSeen() {
        connected();
        Recorder peer = new Recorder();
        passive().observe(peer);
        passive().handOver();
        write(active, "unread");
        settle();
        assertThat(readCount(passive())).isZero();
        assertErrno(Errno.EPIPE, () -> write(passive(), "x"));
        assertThat(peer.heard).isEmpty();

        active.close();
        settle();

        assertThat(peer.heard).containsExactly("peerClosed");
    }

    @Test
    void handedOver_atBothEnds_stillTellsThePeerOfItsClose() {
        connected();
        active.handOver();
        passive().handOver();

        passive().close();
        settle();

        assertThat(heard.heard).containsExactly("peerClosed");
    }

    @Test
    void listenerClose_leavesAcceptedStreamsAlone() {
        StreamListener listener = listen(DOOR);
        active = connect(DOOR);

        listener.close();
        write(active, "x");
        settle();

        assertThat(read(passive())).isEqualTo("x");
    }

    @Test
    void anInterfaceThatIsDown_holdsBytesAndTheEndBack_untilItIsUp() {
        connected();
        Netdev wire = hosts.alice().netdevs().byName("eth0").orElseThrow();
        wire.setCarrier(false);
        write(active, "late");
        active.close();
        settle();
        assertThat(readCount(passive())).isZero();

        wire.setCarrier(true);
        hosts.settleLater().run();

        assertThat(read(passive())).isEqualTo("late");
        assertThat(readCount(passive())).isEqualTo(-1);
    }

    @Test
    void loopback_joinsTwoEndsOfOneHost() {
        listen(DOOR);

        Stream own = hosts.bob().streams().connect(Optional.empty(), DOOR, heard);
        settle();
        write(own, "me");
        settle();

        assertThat(own.local().getAddress().getHostAddress()).isEqualTo("10.0.0.2");
        assertThat(read(passive())).isEqualTo("me");
    }
}
