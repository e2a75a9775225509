package io.erdma.cm.iwarp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.ErrnoException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

/**
 * Whatever a peer sends, in whatever pieces, with closes, resets and pauses in between: an end point ends cleanly or is connected, tells that once, and
 * leaves nothing. A task that throws would throw in the test's own thread.
 */
class HostileBytesTest {
    /** What a peer does next. */
    sealed interface Move {
        /** Sends bytes. */
        record Send(byte[] bytes) implements Move {
            @Override
            public String toString() { return "send " + HexFormat.of().formatHex(bytes); }
        }

        /** Closes. */
        record Close() implements Move {}

        /** Breaks the connection. */
        record Reset() implements Move {}

        /** Waits. */
        record Wait(int seconds) implements Move {}
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void activeSide_survivesEveryPeer(@ForAll("movesOfReplies") List<Move> moves) {
        Rig rig = new Rig();
        RawPeer peer = RawPeer.listening(rig.bob, Rig.PORT);
        FakeQp qp = rig.alice.device.createQp();
        List<IwEvent> events = new ArrayList<>();
        ActiveEndPoint endPoint = ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(),
                rig.bob.at(Rig.PORT), qp.qpn(), 0, 0, new byte[0], events::add);
        rig.settle();

        play(rig, peer, moves);

        assertThat(events).filteredOn(IwEvent.ConnectReply.class::isInstance).hasSize(1);
        boolean connected = ((IwEvent.ConnectReply) events.getFirst()).error().isEmpty();
        Statistics.collect(connected);
        Statistics.coverage(all -> all.check(true).percentage(share -> share > 5));
        assertThat(qp.log().contains("connect")).isEqualTo(connected);
        endPoint.close();
        peer.close();
        assertNothingLeft(rig, rig.alice);
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void passiveSide_survivesEveryPeer(@ForAll("movesOfRequests") List<Move> moves, @ForAll boolean accepts) {
        Rig rig = new Rig();
        FakeQp qp = rig.bob.device.createQp();
        List<IwEvent> events = new ArrayList<>();
        ListeningEndPoint listener = ListeningEndPoint.listen(rig.bob.endPoints, rig.bob.device, rig.bob.at(Rig.PORT),
                0,
                event -> {
                    events.add(event);
                    if (event instanceof IwEvent.ConnectRequest request) {
                        decide(request.endPoint(), qp, accepts, events);
                    }
                });
        RawPeer peer = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);
        rig.settle();

        play(rig, peer, moves);

        assertThat(events).filteredOn(IwEvent.ConnectRequest.class::isInstance).hasSizeLessThan(2);
        Statistics.collect(events.isEmpty());
        Statistics.coverage(all -> all.check(false).percentage(share -> share > 5));
        listener.close();
        rig.bob.endPoints.close();
        peer.close();
        assertNothingLeft(rig, rig.bob);
    }

    private static void decide(PassiveEndPoint endPoint, FakeQp qp, boolean accepts, List<IwEvent> events) {
        try {
            if (accepts) {
                endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add);
            } else {
                endPoint.reject(new byte[0]);
            }
        } catch (ErrnoException e) {
            assertThat(endPoint.state()).isEqualTo(EndPointState.CLOSED);
        }
    }

    private static void play(Rig rig, RawPeer peer, List<Move> moves) {
        for (Move move : moves) {
            switch (move) {
                case Move.Send send -> trySend(peer, send.bytes());
                case Move.Close() -> peer.stream().close();
                case Move.Reset() -> rig.network.reset(peer.stream());
                case Move.Wait(int seconds) -> rig.pass(Duration.ofSeconds(seconds));
            }
            rig.settle();
        }
        rig.pass(Duration.ofMinutes(1));
    }

    private static void trySend(RawPeer peer, byte[] bytes) {
        try {
            peer.send(bytes);
        } catch (ErrnoException e) {
            assertThat(e).as("closed by either side").hasMessageContaining("EPIPE");
        }
    }

    private static void assertNothingLeft(Rig rig, Rig.Side side) {
        rig.settle();
        assertThat(side.endPoints.count()).isZero();
        assertThat(side.device.references()).isZero();
        assertThat(side.machine.ledger().outstanding()).isEmpty();
    }

    @Provide
    Arbitrary<List<Move>> movesOfReplies() { return moves(Frames.REP); }

    @Provide
    Arbitrary<List<Move>> movesOfRequests() { return moves(Frames.REQ); }

    /** Mostly one frame with at most one byte changed, cut somewhere; sometimes anything else. */
    private static Arbitrary<List<Move>> moves(String key) {
        Arbitrary<byte[]> frame = Combinators.combine(
                Arbitraries.of("0081", "0081", "0081", "2081", "8081", "4081", "0001"),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(260))
                .as((flags, privateData) -> HexFormat.of().parseHex(
                        Frames.frame(key, flags, "01020304", "00000001", HexFormat.of().formatHex(privateData))));
        Arbitrary<byte[]> mutated = Combinators
                .combine(frame, Arbitraries.integers().between(0, 600), Arbitraries.bytes())
                .as((bytes, at, value) -> {
                    if (at < bytes.length) {
                        bytes[at] = value;
                    }
                    return bytes;
                });
        Arbitrary<List<Move>> cut = Combinators.combine(mutated, Arbitraries.integers().between(0, 320)).as(
                (bytes, at) -> List.of(new Move.Send(Arrays.copyOf(bytes, Math.min(at, bytes.length))),
                        new Move.Send(Arrays.copyOfRange(bytes, Math.min(at, bytes.length), bytes.length))));
        Arbitrary<Move> other = Arbitraries.oneOf(
                Arbitraries.bytes().array(byte[].class).ofMaxSize(40).map(Move.Send::new),
                Arbitraries.just(new Move.Close()),
                Arbitraries.just(new Move.Reset()), Arbitraries.integers().between(1, 25).map(Move.Wait::new));
        return Combinators.combine(cut, other.list().ofMaxSize(3), Arbitraries.integers().between(0, 2)).as(
                (frameMoves, others, before) -> {
                    List<Move> all = new ArrayList<>(frameMoves);
                    all.addAll(Math.min(before, all.size()), others);
                    return all;
                });
    }
}
