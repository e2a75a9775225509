package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaCmState;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.driver.Host;
import io.erdma.tests.integration.UserEnd.Link;
import java.net.InetSocketAddress;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ids of applications, over TCP, MPA and the card: devices that go, QPs and ports that are taken, several listeners, other channels. */
class RdmaCmTest {
    private static final String BOB = "10.0.0.2";
    private static final int PORT = 7471;

    @ParameterizedTest
    @EnumSource
    void aLinkThatIsDeleted_isHeardOfAsTheEndOfTheConnection_thenOfTheDevice(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                UserEnd left = UserEnd.of(tenants.host("alice"));
                UserEnd right = UserEnd.of(tenants.host("bob"));
                Link link = UserEnd.connect(tenants.host("alice"), left, tenants.host("bob"), right);
                RdmaCmId listener = tenants.host("alice").cm().createId(link.outEvents())) {
            listener.bindAddr(new InetSocketAddress("10.0.0.1", PORT));
            listener.listen(1);

            tenants.host("alice").links().dellink("erdma0");

            assertThat(UserEnd.expect(link.outEvents(), RdmaCmEventType.DISCONNECTED).id()).isSameAs(link.out());
            assertThat(List.of(UserEnd.expect(link.outEvents(), RdmaCmEventType.DEVICE_REMOVAL).id(),
                    UserEnd.expect(link.outEvents(), RdmaCmEventType.DEVICE_REMOVAL).id()))
                    .containsExactlyInAnyOrder(link.out(), listener);
            assertThat(UserEnd.expect(link.inEvents(), RdmaCmEventType.DISCONNECTED).id()).isSameAs(link.in());
            assertThat(link.outEvents().poll()).isEmpty();
            assertThat(link.inEvents().poll()).isEmpty();
            assertThat(link.out().state()).isEqualTo(RdmaCmState.DEVICE_REMOVAL);
            assertErrno(Errno.EINVAL, () -> link.out().resolveRoute());
            assertErrno(Errno.ENODEV, () -> tenants.host("alice").openDevice("erdma0"));
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("try") // some close before the end of the block
    void severalListeners_haveAPortEach_andWhoComesToOneIsItsAlone(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaEventChannel events = tenants.host("bob").cm().createEventChannel();
                RdmaCmId first = listening(tenants.host("bob"), events, PORT, 1);
                RdmaCmId second = listening(tenants.host("bob"), events, PORT + 1, 1);
                Client one = new Client(tenants.host("alice"), PORT + 1);
                Client two = new Client(tenants.host("alice"), PORT);
                Client three = new Client(tenants.host("alice"), PORT);
                UserEnd right = UserEnd.of(tenants.host("bob"))) {
            one.connect();
            RdmaCmEvent toSecond = UserEnd.expect(events, RdmaCmEventType.CONNECT_REQUEST);
            two.connect();
            RdmaCmEvent toFirst = UserEnd.expect(events, RdmaCmEventType.CONNECT_REQUEST);
            three.connect();
            assertThat(toSecond.listener()).containsSame(second);
            assertThat(toFirst.listener()).containsSame(first);
            UserEnd.expect(three.events, RdmaCmEventType.REJECTED); // the backlog is 1

            toFirst.id().accept(RdmaConnParam.qp(right.qp.qpn()));
            UserEnd.expect(two.events, RdmaCmEventType.ESTABLISHED);
            second.close();
            assertThat(toSecond.id().state()).as("taken, so it is its own").isEqualTo(RdmaCmState.CONNECT);
            toSecond.id().reject();
            UserEnd.expect(one.events, RdmaCmEventType.REJECTED);
            toFirst.id().close();
            toSecond.id().close();
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("try") // some close before the end of the block
    void aPort_isOneListeners_untilThatIsClosed(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaEventChannel events = tenants.host("bob").cm().createEventChannel();
                RdmaCmId holder = listening(tenants.host("bob"), events, PORT, 8);
                RdmaCmId same = tenants.host("bob").cm().createId(events);
                RdmaCmId wildcard = tenants.host("bob").cm().createId(events)) {
            same.bindAddr(new InetSocketAddress(BOB, PORT));
            wildcard.bindAddr(new InetSocketAddress(PORT));
            assertErrno(Errno.EADDRINUSE, () -> same.listen(8));
            assertErrno(Errno.EADDRINUSE, () -> wildcard.listen(8));

            holder.close();
            wildcard.listen(8);

            assertErrno(Errno.EADDRINUSE, () -> same.listen(8));
            assertThat(same.state()).isEqualTo(RdmaCmState.ADDR_BOUND);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aQpThatIsConnected_orAnotherHosts_isRefused_andItsConnectionWorksOn(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                UserEnd left = UserEnd.of(tenants.host("alice"));
                UserEnd right = UserEnd.of(tenants.host("bob"));
                UserEnd second = UserEnd.of(tenants.host("bob"));
                UserEnd third = UserEnd.of(tenants.host("bob"));
                Link link = UserEnd.connect(tenants.host("alice"), left, tenants.host("bob"), right);
                RdmaEventChannel doorEvents = tenants.host("bob").cm().createEventChannel();
                RdmaCmId door = listening(tenants.host("bob"), doorEvents, PORT, 8);
                Client client = new Client(tenants.host("alice"), PORT)) {
            client.resolve();
            assertThat(third.qp.qpn()).as("a number that alice has no QP of").isGreaterThan(second.qp.qpn());
            assertErrno(Errno.ENOENT, () -> client.id.connect(RdmaConnParam.qp(third.qp.qpn())));
            assertErrno(Errno.EINVAL, () -> client.id.connect(RdmaConnParam.qp(left.qp.qpn())));
            client.id.connect(RdmaConnParam.qp(client.end.qp.qpn()));
            RdmaCmId request = UserEnd.expect(doorEvents, RdmaCmEventType.CONNECT_REQUEST).id();
            assertErrno(Errno.EINVAL, () -> request.accept(RdmaConnParam.qp(right.qp.qpn())));

            UserEnd.expect(client.events, RdmaCmEventType.REJECTED);
            assertCarries(left, right);
            assertThat(link.outEvents().poll()).isEmpty();
            assertThat(link.inEvents().poll()).isEmpty();
            assertThat(door.state()).isEqualTo(RdmaCmState.LISTEN);
            request.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectedId_movesToAnotherChannel_andIsHeardOfThere(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                UserEnd left = UserEnd.of(tenants.host("alice"));
                UserEnd right = UserEnd.of(tenants.host("bob"));
                RdmaEventChannel before = tenants.host("bob").cm().createEventChannel();
                RdmaEventChannel after = tenants.host("bob").cm().createEventChannel();
                Link link = UserEnd.connect(tenants.host("alice"), left, tenants.host("bob"), right)) {
            link.in().migrate(before);
            assertErrno(Errno.EINVAL, () -> link.in().migrate(link.outEvents()));
            assertCarries(left, right);
            link.out().disconnect();
            UserEnd.expect(link.outEvents(), RdmaCmEventType.DISCONNECTED);
            Await.until("bob's side has heard", () -> link.in().state() == RdmaCmState.DISCONNECT);

            link.in().migrate(after);

            assertThat(UserEnd.expect(after, RdmaCmEventType.DISCONNECTED).id()).isSameAs(link.in());
            assertThat(before.poll()).isEmpty();
            assertThat(link.inEvents().poll()).isEmpty();
        }
    }

    private static RdmaCmId listening(Host host, RdmaEventChannel events, int port, int backlog) {
        RdmaCmId id = host.cm().createId(events);
        id.bindAddr(new InetSocketAddress(BOB, port));
        id.listen(backlog);
        return id;
    }

    private static void assertCarries(UserEnd from, UserEnd to) {
        from.fill(0, 500, 7);
        to.receive(1, 1000, 500);
        SendRequest send = from.mr.addTo(new SendRequest(), 0, 500);
        send.flags = SendFlag.SIGNALED;
        from.post(send);
        from.awaitOk();
        to.awaitOk();
        assertThat(to.bytes(1000, 500)).isEqualTo(from.bytes(0, 500));
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno));
    }

    /** A program that connects, with a QP and a channel of its own. */
    private static final class Client implements AutoCloseable {
        final RdmaEventChannel events;
        final RdmaCmId id;
        private final UserEnd end;
        private final InetSocketAddress destination;

        Client(Host host, int port) {
            end = UserEnd.of(host);
            events = host.cm().createEventChannel();
            id = host.cm().createId(events);
            destination = new InetSocketAddress(BOB, port);
        }

        void resolve() {
            id.resolveAddr(destination);
            UserEnd.expect(events, RdmaCmEventType.ADDR_RESOLVED);
            id.resolveRoute();
            UserEnd.expect(events, RdmaCmEventType.ROUTE_RESOLVED);
        }

        void connect() {
            resolve();
            id.connect(RdmaConnParam.qp(end.qp.qpn()));
        }

        @Override
        public void close() {
            id.close();
            events.close();
            end.close();
        }
    }
}
