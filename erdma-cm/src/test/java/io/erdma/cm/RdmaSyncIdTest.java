package io.erdma.cm;

import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cm.iwarp.FakeQp;
import io.erdma.core.errno.Errno;
import io.erdma.core.testing.FakeNetwork;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ids whose calls wait. Bob's side runs in a thread of its own, as an application's would. */
class RdmaSyncIdTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final InetSocketAddress DOOR = new InetSocketAddress("10.0.0.2", 7174);

    private final FakeNetwork network = new FakeNetwork(Runnable::run);
    private final ThreadHost alice = new ThreadHost(network, "alice", "00:16:3e:00:00:01", "10.0.0.1");
    private final ThreadHost bob = new ThreadHost(network, "bob", "00:16:3e:00:00:02", "10.0.0.2");
    private final ExecutorService bobsThread = Executors.newSingleThreadExecutor();
    private final FakeQp aliceQp = alice.device.createQp();
    private final FakeQp bobQp = bob.device.createQp();
    private final RdmaSyncId door = bob.manager.createSyncId();

    @BeforeEach
    void listen() {
        door.bindAddr(DOOR);
        door.listen(4);
    }

    @AfterEach
    void nothingIsLeft() {
        door.close();
        bobsThread.shutdownNow();
        alice.close();
        bob.close();
    }

    /** Takes a request and accepts it. */
    private Future<RdmaSyncId> acceptOne() {
        return bobsThread.submit(() -> {
            RdmaSyncId in = door.getRequest(LONG);
            in.accept(RdmaConnParam.qp(bobQp.qpn()).withPrivateData((byte) 2));
            return in;
        });
    }

    private RdmaSyncId resolved() {
        RdmaSyncId out = alice.manager.createSyncId();
        out.resolveAddr(DOOR);
        out.resolveRoute();
        return out;
    }

    @Test
    void bothSides_connectAndDisconnect_byCallsAlone() throws Exception {
        Future<RdmaSyncId> accepted = acceptOne();
        try (RdmaSyncId out = resolved()) {
            out.connect(RdmaConnParam.qp(aliceQp.qpn()).withPrivateData((byte) 1));

            assertThat(out.event().orElseThrow().privateData()).containsExactly(2);
            assertThat(out.state()).isEqualTo(RdmaCmState.CONNECT);
            assertThat(aliceQp.state()).isEqualTo(FakeQp.State.RTS);
            try (RdmaSyncId in = accepted.get()) {
                assertThat(bobQp.state()).isEqualTo(FakeQp.State.RTS);
                assertThat(in.remoteAddress()).contains(out.localAddress());
                in.disconnect();
                assertThat(in.event().orElseThrow().type()).isEqualTo(RdmaCmEventType.DISCONNECTED);
                out.disconnect();
                assertThat(out.event().orElseThrow().type()).isEqualTo(RdmaCmEventType.DISCONNECTED);
                out.disconnect();
            }
        }
    }

    @Test
    void request_showsThePeersPrivateData_andReject_isEconnrefusedForIt() throws Exception {
        Future<byte[]> asked = bobsThread.submit(() -> {
            try (RdmaSyncId in = door.getRequest(LONG)) {
                in.reject((byte) 7, (byte) 8);
                return in.event().orElseThrow().privateData();
            }
        });
        try (RdmaSyncId out = resolved()) {
            RdmaConnParam param = RdmaConnParam.qp(aliceQp.qpn()).withPrivateData((byte) 5);

            assertErrno(Errno.ECONNREFUSED, () -> out.connect(param));

            RdmaCmEvent event = out.event().orElseThrow();
            assertThat(event.type()).isEqualTo(RdmaCmEventType.REJECTED);
            assertThat(event.privateData()).containsExactly(7, 8);
            assertThat(asked.get()).containsExactly(5);
            out.disconnect();
        }
    }

    @Test
    void whatFailsLater_isTheErrnoOfItsEvent() {
        try (RdmaSyncId out = alice.manager.createSyncId()) {
            assertErrno(Errno.ENETUNREACH, () -> out.resolveAddr(new InetSocketAddress("192.168.7.7", 1)));
            assertThat(out.event().orElseThrow().type()).isEqualTo(RdmaCmEventType.ADDR_ERROR);
            out.resolveAddr(DOOR);
        }
    }

    @Test
    void whatIsRefusedAtOnce_isRefusedAsOfAnyId_andBringsNoEvent() {
        try (RdmaSyncId out = alice.manager.createSyncId()) {
            assertErrno(Errno.EINVAL, out::resolveRoute);
            assertErrno(Errno.EINVAL, () -> out.connect(RdmaConnParam.qp(aliceQp.qpn())));
            assertErrno(Errno.EINVAL, () -> out.accept(RdmaConnParam.qp(aliceQp.qpn())));
            assertErrno(Errno.EINVAL, out::disconnect);
            assertErrno(Errno.EINVAL, () -> out.getRequest(LONG));
            assertThat(out.event()).isEmpty();
        }
    }

    @Test
    void getRequest_givesUpInTime_andIsEbadfOnceTheIdIsClosed() {
        assertErrno(Errno.ETIMEDOUT, () -> door.getRequest(Duration.ZERO));
        Future<RdmaSyncId> waiting = bobsThread.submit(() -> door.getRequest());

        door.close();

        assertThatThrownBy(waiting::get).isInstanceOf(ExecutionException.class).hasMessageContaining("EBADF");
        assertErrno(Errno.EBADF, door::getRequest);
    }

    @Test
    void removedDevice_isEnodevForWhoWaits_andForWhoAsksLater() {
        Future<RdmaSyncId> waiting = bobsThread.submit(() -> door.getRequest());

        bob.directory.remove(bob.device);

        assertThatThrownBy(waiting::get).isInstanceOf(ExecutionException.class).hasMessageContaining("ENODEV");
        assertErrno(Errno.ENODEV, door::getRequest);
    }

    @Test
    void listenerWithUntakenRequests_takesThemAlongWhenItCloses() throws Exception {
        try (RdmaSyncId out = resolved()) {
            Future<?> closing = bobsThread.submit(() -> {
                while (bob.manager.idCount() < 2) {
                    Thread.onSpinWait();
                }
                door.close();
            });

            assertErrno(Errno.ECONNREFUSED, () -> out.connect(RdmaConnParam.qp(aliceQp.qpn())));
            closing.get();
            assertThat(bob.manager.idCount()).isZero();
        }
    }

    @Test
    void migrate_goesOnByEvents_withTheOnesThatWait() throws Exception {
        Future<RdmaSyncId> accepted = acceptOne();
        RdmaEventChannel channel = alice.manager.createEventChannel();
        RdmaSyncId out = resolved();
        out.connect(RdmaConnParam.qp(aliceQp.qpn()));
        try (RdmaSyncId in = accepted.get()) {
            in.disconnect();

            try (RdmaCmId asynchronous = out.migrate(channel)) {
                assertThat(channel.get(LONG).type()).isEqualTo(RdmaCmEventType.DISCONNECTED);
                assertThat(asynchronous.channel()).isSameAs(channel);
            }
        }
    }
}
