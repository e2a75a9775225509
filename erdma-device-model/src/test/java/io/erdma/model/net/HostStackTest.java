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
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the card's streams do beyond the contract. */
class HostStackTest {
    private final Link link = new Link();
    private final Recorder heard = new Recorder();

    @AfterEach
    void nothingIsLeft() {
        link.close();
    }

    private Stream connected() {
        link.listen(link.bob, "10.0.0.2", 7174);
        Stream stream = link.connect(link.alice, "10.0.0.2", 7174, heard);
        heard.heard.clear();
        return stream;
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void connect_withAGivenLocalEnd_usesIt() {
        link.listen(link.bob, "0.0.0.0", 7174);

        Stream active = link.alice.streams().connect(Optional.of(at("10.0.0.11", 4000)), at("10.0.0.2", 7174), heard);

        assertThat(active.local()).isEqualTo(at("10.0.0.11", 4000));
        assertThat(link.passive().remote()).isEqualTo(at("10.0.0.11", 4000));
    }

    @Test
    void connect_toAnAddressThatNobodyHas_timesOut_asLinuxDoes() {
        link.connect(link.alice, "10.0.0.99", 7174, heard);

        link.clock.advance(Duration.ofSeconds(126));
        assertThat(heard.heard).isEmpty();
        link.clock.advance(Duration.ofSeconds(2));

        assertThat(heard.heard).containsExactly("failed ETIMEDOUT");
        assertThat(link.timers.delayed()).isZero();
    }

    @Test
    void connect_toAPortInAnotherVpc_isNotHeardThere() {
        link.listen(link.mallory, "0.0.0.0", 7174);

        link.connect(link.alice, "10.0.0.2", 7174, heard);

        assertThat(link.accepted).isEmpty();
        assertThat(heard.heard).containsExactly("failed ECONNREFUSED"); // by bob, who does not listen
    }

    @Test
    void connect_closedWhileItTries_isForgotten_andSaysNothing() {
        Stream stream = link.connect(link.alice, "10.0.0.99", 7174, heard);

        stream.close();
        link.clock.advance(Duration.ofSeconds(200));

        assertThat(heard.heard).isEmpty();
        assertThat(link.timers.delayed()).isZero();
        assertThat(link.alice.ledger().outstanding()).isEmpty();
    }

    @Test
    void connect_toNoHostsAddress_isEnetunreach() {
        assertErrno(Errno.ENETUNREACH, () -> link.connect(link.alice, "0.0.0.0", 7174, heard));
        assertErrno(Errno.ENETUNREACH, () -> link.connect(link.alice, "224.0.0.1", 7174, heard));
    }

    @Test
    void connect_fromAPortThatIsListenedOn_isEaddrinuse() {
        link.listen(link.alice, "0.0.0.0", 4000);

        assertErrno(Errno.EADDRINUSE, () -> link.alice.streams().connect(Optional.of(at("10.0.0.1", 4000)),
                at("10.0.0.2", 7174), heard));
    }

    @Test
    void listen_onATakenPort_isEaddrinuse_untilItIsClosed() {
        StreamListener all = link.listen(link.alice, "0.0.0.0", 7174);
        assertErrno(Errno.EADDRINUSE, () -> link.listen(link.alice, "10.0.0.1", 7174));

        all.close();
        link.listen(link.alice, "10.0.0.1", 7174);
        link.listen(link.alice, "10.0.0.11", 7174);

        assertErrno(Errno.EADDRINUSE, () -> link.listen(link.alice, "10.0.0.11", 7174));
        assertErrno(Errno.EADDRINUSE, () -> link.listen(link.alice, "0.0.0.0", 7174));
    }

    @Test
    void listen_forOneInterface_hearsOnlyWhatComesToItsAddresses() {
        Netdev second = link.bob.netdevs().register("eth1", MacAddress.parse("02:00:00:00:00:02"), 1500, 1000);
        link.bob.flow().addAddress(Ipv4.parse("10.0.0.22"));
        second.addInetAddress(Ipv4.parse("10.0.0.22"));
        second.setUp(true);
        List<String> order = new ArrayList<>();
        link.bob.streams().listen(at("0.0.0.0", 7174), Optional.of(second), 1, s -> order.add("eth1"));
        link.bob.streams().listen(at("0.0.0.0", 7174), link.bob.netdevs().byName("eth0"), 1, s -> order.add("eth0"));

        link.connect(link.alice, "10.0.0.22", 7174, heard);
        link.connect(link.alice, "10.0.0.2", 7174, heard);

        assertThat(order).containsExactly("eth1", "eth0");
    }

    @Test
    void backlog_full_losesTheSyn_whichComesAgain() {
        List<Stream> taken = new ArrayList<>();
        // while the first is being handed out, three more knock; one of them fits, the others are tried again after a second
        link.bob.streams().listen(at("10.0.0.2", 7174), Optional.empty(), 1, stream -> {
            taken.add(stream);
            if (taken.size() == 1) {
                for (int i = 0; i < 3; i++) {
                    link.connect(link.alice, "10.0.0.2", 7174, new Recorder());
                }
            }
        });

        link.connect(link.alice, "10.0.0.2", 7174, heard);
        assertThat(taken).hasSize(2);
        link.clock.advance(Duration.ofSeconds(1));

        assertThat(taken).hasSize(4);
    }

    @Test
    void sequenceNumbers_areTheSeeds_andDifferBetweenStreams() {
        int first = connected().sendSequence();
        int second = link.connect(link.alice, "10.0.0.2", 7174, heard).sendSequence();
        Link again = new Link();
        again.listen(again.bob, "10.0.0.2", 7174);

        assertThat(second).isNotEqualTo(first);
        assertThat(again.connect(again.alice, "10.0.0.2", 7174, new Recorder()).sendSequence()).isEqualTo(first);
        again.close();
    }

    @Test
    void write_beforeItStands_isEnotconn() {
        Stream stream = link.connect(link.alice, "10.0.0.99", 7174, heard);

        assertErrno(Errno.ENOTCONN, () -> write(stream, "x"));
    }

    @Test
    void closingAListener_resetsWhatNobodyTook_andRefusesLater() {
        List<StreamListener> door = new ArrayList<>();
        List<Stream> taken = new ArrayList<>();
        door.add(link.listen(link.bob, "10.0.0.2", 7174, stream -> {
            taken.add(stream);
            link.connect(link.alice, "10.0.0.2", 7174, heard); // stands, and waits behind this one
            door.getFirst().close();
        }));

        link.connect(link.alice, "10.0.0.2", 7174, new Recorder());

        assertThat(taken).hasSize(1);
        assertThat(heard.heard).endsWith("peerClosed");
        assertThat(link.bob.ledger().held(Resource.STREAM)).isEqualTo(1);
        assertThat(link.bob.ledger().held(Resource.LISTENER)).isZero();
    }

    @Test
    void loopback_worksWithinAHost_withoutTheCard() {
        link.alice.flow().setOn(false);
        link.listen(link.alice, "0.0.0.0", 7174);

        Stream active = link.connect(link.alice, "10.0.0.11", 7174, heard);
        write(active, "me");

        assertThat(active.local().getAddress().getHostAddress()).isEqualTo("10.0.0.11");
        assertThat(read(link.passive())).isEqualTo("me");
    }

    @Test
    void observers_areNeverCalledInsideEachOther_howeverLongTheChain() {
        int[] depth = new int[2];
        int rounds = 100_000;
        int[] left = { rounds };
        link.listen(link.bob, "10.0.0.2", 7174, stream -> {
            link.accepted.add(stream);
            stream.observe(new PingPong(stream, depth, left));
        });
        Stream active = link.connect(link.alice, "10.0.0.2", 7174, heard);
        active.observe(new PingPong(active, depth, left));

        write(active, "x");

        assertThat(left[0]).isZero();
        assertThat(depth[1]).isEqualTo(1);
    }

    /** Answers each byte with one, and notes how deep calls nest. */
    private record PingPong(Stream stream, int[] depth, int[] left) implements io.erdma.core.net.StreamObserver {
        @Override
        public void connected() {
            // heard when it was set
        }

        @Override
        public void connectFailed(Errno reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void readable() {
            depth[0]++;
            depth[1] = Math.max(depth[1], depth[0]);
            if (readCount(stream) > 0 && left[0] > 0) {
                left[0]--;
                write(stream, "x");
            }
            depth[0]--;
        }

        @Override
        public void peerClosed() {
            // at the end
        }
    }

    @Test
    void aStaleConnectionOfThePeer_isResetByANewOneOfTheSameTuple() {
        link.listen(link.bob, "10.0.0.2", 7174);
        Optional<InetSocketAddress> local = Optional.of(at("10.0.0.1", 4000));
        Stream first = link.alice.streams().connect(local, at("10.0.0.2", 7174), heard);
        Stream stale = link.passive();
        first.close();

        Stream second = link.alice.streams().connect(local, at("10.0.0.2", 7174), heard);
        write(second, "new");

        assertThat(link.passive()).isNotSameAs(stale);
        assertThat(read(link.passive())).isEqualTo("new");
        assertThat(readCount(stale)).isEqualTo(-1);
    }

    @Test
    void route_leadsOverTheInterfaceThatHasTheAddress_orTheFirstThatRuns() {
        assertThat(link.alice.streams().route(at("10.0.0.2", 1))).isEqualTo(link.alice.netdevs().byName("eth0"));
        assertThat(link.alice.streams().route(at("10.0.0.11", 1))).isEqualTo(link.alice.netdevs().byName("eth0"));
    }
}
