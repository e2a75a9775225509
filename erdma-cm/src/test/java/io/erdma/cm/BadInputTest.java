package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.cm.iwarp.FakeQp;
import io.erdma.core.errno.Errno;
import io.erdma.core.net.Netdev;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What applications get wrong: each mistake has its errno, and changes nothing. */
class BadInputTest {
    private final Hosts hosts = new Hosts();
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
    }

    // Channels

    @Test
    void createId_onAClosedChannel_isEbadf() {
        alice.channel.close();

        assertErrno(Errno.EBADF, alice::id);

        assertThat(alice.manager.idCount()).isZero();
    }

    @Test
    void createId_onAnotherHostsChannel_isEinval() {
        assertErrno(Errno.EINVAL, () -> alice.manager.createId(bob.channel));
        assertErrno(Errno.EINVAL, () -> alice.manager.createId(bob.manager.createEventChannel(event -> {})));

        assertThat(alice.manager.idCount()).isZero();
    }

    @Test
    void migrate_toAClosedOrForeignChannel_isRefused_andTheEventsStayWhereTheyAre() {
        RdmaEventChannel closed = alice.manager.createEventChannel();
        closed.close();
        RdmaEventChannel closedHandler = alice.manager.createEventChannel(event -> {});
        closedHandler.close();
        RdmaCmId id = alice.id();
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();

        assertErrno(Errno.EBADF, () -> id.migrate(closed));
        assertErrno(Errno.EBADF, () -> id.migrate(closedHandler));
        assertErrno(Errno.EINVAL, () -> id.migrate(bob.channel));
        assertThatNullPointerException().isThrownBy(() -> id.migrate(nothing()));
        hosts.rig.settle();

        assertThat(id.channel()).isSameAs(alice.channel);
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
        assertThat(bob.events()).isEmpty();
    }

    @Test
    void closedHandlerChannel_isNotCalledAnyMore_andRequestsForItAreRejected() {
        List<RdmaCmEventType> seen = new ArrayList<>();
        RdmaEventChannel calling = bob.manager.createEventChannel(event -> seen.add(event.type()));
        RdmaCmId listener = bob.manager.createId(calling);
        listener.bindAddr(bob.at(PORT));
        listener.listen(0);
        calling.close();

        connect(alice.qp());

        assertThat(seen).isEmpty();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.REJECTED);
        assertThat(bob.manager.ids()).containsExactly(listener);
    }

    // Nothing where something is needed: a programming error, told at once

    @Test
    void nulls_areToldAtOnce_andLeaveNothing() {
        RdmaCmId id = alice.id();
        RdmaCmId resolved = hosts.resolved(bob.at(PORT));
        assertThatNullPointerException().isThrownBy(() -> alice.manager.createId(nothing()));
        assertThatNullPointerException().isThrownBy(() -> alice.manager.createEventChannel(nothing()));
        assertThatNullPointerException().isThrownBy(() -> id.bindAddr(nothing()));
        assertThatNullPointerException().isThrownBy(() -> id.resolveAddr(nothing()));
        assertThatNullPointerException().isThrownBy(() -> id.resolveAddr(nothing(), bob.at(PORT)));
        assertThatNullPointerException().isThrownBy(() -> id.resolveAddrinfo(nothing(), "1", false));
        assertThatNullPointerException().isThrownBy(() -> resolved.connect(nothing()));
        assertThatNullPointerException().isThrownBy(() -> RdmaConnParam.qp(1).withPrivateData((byte[]) null));
        assertThatNullPointerException().isThrownBy(() -> alice.channel.get(nothing()));

        assertThat(alice.manager.ids()).containsExactlyInAnyOrder(id, resolved);
        assertThat(id.state()).isEqualTo(RdmaCmState.IDLE);
        assertThat(resolved.state()).isEqualTo(RdmaCmState.ROUTE_RESOLVED);
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
    }

    @Test
    void nullsForARequest_leaveItUndecided() {
        hosts.listening();
        connect(alice.qp());
        RdmaCmId request = bob.event().id();

        assertThatNullPointerException().isThrownBy(() -> request.accept(nothing()));
        assertThatNullPointerException().isThrownBy(() -> request.reject((byte[]) null));
        request.accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
    }

    /** Hides a null from the compiler. */
    private static <T> T nothing() {
        return Optional.<T>empty().orElse(null);
    }

    // QPs

    @ParameterizedTest
    @ValueSource(ints = { 0, -1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x100001 })
    void unknownQp_isEnoent_andTheIdCanStillBeConnected(int qpn) {
        hosts.listening();
        FakeQp qp = alice.qp();
        RdmaCmId id = hosts.resolved(bob.at(PORT));

        assertErrno(Errno.ENOENT, () -> id.connect(RdmaConnParam.qp(qpn)));

        assertThat(id.state()).isEqualTo(RdmaCmState.ROUTE_RESOLVED);
        id.connect(RdmaConnParam.qp(qp.qpn()));
    }

    @Test
    void qpOfAnotherDevice_isEnoent() {
        Netdev eth1 = alice.side.machine.addNetdev("eth1", "00:16:3e:00:00:0a", "10.0.9.1");
        FakeDevice other = new FakeDevice(eth1);
        alice.directory.add(other);
        other.createQp();
        FakeQp othersSecond = other.createQp();
        alice.qp();
        hosts.listening();
        RdmaCmId id = hosts.resolved(bob.at(PORT));

        assertErrno(Errno.ENOENT, () -> id.connect(RdmaConnParam.qp(othersSecond.qpn())));

        assertThat(othersSecond.owned()).isFalse();
        assertThat(other.references()).isZero();
    }

    @Test
    void qpThatConnects_orIsConnected_isEinval_andItsConnectionIsUnharmed() {
        hosts.listening();
        FakeQp qp = alice.qp();
        RdmaCmId first = connect(qp);
        RdmaCmId second = hosts.resolved(bob.at(PORT));
        assertErrno(Errno.EINVAL, () -> second.connect(RdmaConnParam.qp(qp.qpn())));
        assertThat(second.state()).isEqualTo(RdmaCmState.ROUTE_RESOLVED);

        bob.event().id().accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();
        assertThat(alice.event().id()).isSameAs(first);
        assertErrno(Errno.EINVAL, () -> second.connect(RdmaConnParam.qp(qp.qpn())));
        assertThat(second.state()).isEqualTo(RdmaCmState.ROUTE_RESOLVED);

        second.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        assertThat(bob.events()).containsExactly(RdmaCmEventType.ESTABLISHED, RdmaCmEventType.CONNECT_REQUEST);
        assertThat(qp.state()).isEqualTo(FakeQp.State.RTS);
    }

    @Test
    void acceptWithAQpThatIsConnected_isEinval_andOnlyTheNewConnectionEnds() {
        hosts.listening();
        FakeQp taken = bob.qp();
        connect(alice.qp());
        bob.event().id().accept(RdmaConnParam.qp(taken.qpn()));
        hosts.rig.settle();
        bob.events();
        alice.events();
        connect(alice.qp());
        RdmaCmId request = bob.event().id();

        assertErrno(Errno.EINVAL, () -> request.accept(RdmaConnParam.qp(taken.qpn())));
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.REJECTED);
        assertThat(bob.events()).isEmpty();
        assertThat(taken.state()).isEqualTo(FakeQp.State.RTS);
    }

    // Sizes

    @ParameterizedTest
    @CsvSource({ "-1, 0", "0, -1", "129, 0", "0, 65", "-2147483648, 0", "0, 2147483647" })
    void depthsBeyondTheDevice_areEinval_onEitherSide(int responderResources, int initiatorDepth) {
        hosts.listening();
        RdmaConnParam good = RdmaConnParam.qp(alice.qp().qpn());
        RdmaCmId id = hosts.resolved(bob.at(PORT));
        assertErrno(Errno.EINVAL, () -> id.connect(depths(good, responderResources, initiatorDepth)));
        assertThat(id.state()).isEqualTo(RdmaCmState.ROUTE_RESOLVED);

        id.connect(depths(good, FakeDevice.MAX_IRD, FakeDevice.MAX_ORD));
        hosts.rig.settle();
        RdmaConnParam answer = RdmaConnParam.qp(bob.qp().qpn());
        RdmaCmId request = bob.event().id();
        assertErrno(Errno.EINVAL, () -> request.accept(depths(answer, responderResources, initiatorDepth)));
    }

    private static RdmaConnParam depths(RdmaConnParam param, int responderResources, int initiatorDepth) {
        return param.withResponderResources(responderResources).withInitiatorDepth(initiatorDepth);
    }

    @Test
    void privateData_is255BytesAtMost_ofRejectToo() {
        hosts.listening();
        RdmaCmId id = connect(alice.qp());
        RdmaCmId request = bob.event().id();
        assertErrno(Errno.EINVAL, () -> request.reject(new byte[256]));
        assertThat(request.state()).isEqualTo(RdmaCmState.CONNECT);

        request.reject(new byte[255]);
        hosts.rig.settle();

        RdmaCmEvent rejected = alice.event();
        assertThat(rejected.id()).isSameAs(id);
        assertThat(rejected.privateData()).hasSize(255);
    }

    // Addresses and ports

    @ParameterizedTest
    @ValueSource(ints = { -1, 65536, Integer.MIN_VALUE, Integer.MAX_VALUE })
    void portsThatAreNone_areEinval(int port) {
        assertErrno(Errno.EINVAL, () -> alice.manager.connect("10.0.0.2", port));
        assertErrno(Errno.EINVAL, () -> alice.manager.listen("10.0.0.1", port));
        assertErrno(Errno.EINVAL, () -> RdmaAddrinfo.of("10.0.0.2", Integer.toString(port), true));
    }

    @Test
    void portThatIsUsedTowardsThePeer_isEaddrinuse_andTheIdCanBeConnectedLater() {
        hosts.listening();
        RdmaCmId first = resolvedFrom(4000);
        first.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        assertThat(bob.event().id().remoteAddress()).contains(alice.at(4000));
        RdmaCmId second = resolvedFrom(4000);
        FakeQp qp = alice.qp();

        assertErrno(Errno.EADDRINUSE, () -> second.connect(RdmaConnParam.qp(qp.qpn())));
        assertThat(qp.owned()).isFalse();
        first.close();
        hosts.rig.settle();
        second.connect(RdmaConnParam.qp(qp.qpn()));
        hosts.rig.settle();

        assertThat(bob.event().id().remoteAddress()).contains(alice.at(4000));
    }

    private RdmaCmId resolvedFrom(int port) {
        RdmaCmId id = alice.id();
        id.resolveAddr(Optional.of(alice.at(port)), bob.at(PORT));
        hosts.rig.settle();
        id.resolveRoute();
        hosts.rig.settle();
        alice.events();
        return id;
    }

    @Test
    void onePort_hasAListenerAnAddress_butNoneBesideOneOnTheWildcard() {
        InetSocketAddress second = new InetSocketAddress("10.0.9.2", PORT);
        bob.directory.add(new FakeDevice(bob.side.machine.addNetdev("eth1", "00:16:3e:00:00:0a", "10.0.9.2")));
        RdmaCmId one = hosts.listening();
        RdmaCmId two = bob.id();
        two.bindAddr(second);
        two.listen(0);
        connect(alice.qp());
        assertThat(bob.event().listener()).as("the address decides").containsSame(one);

        RdmaCmId all = bob.id();
        all.bindAddr(new InetSocketAddress(PORT));
        assertErrno(Errno.EADDRINUSE, () -> all.listen(0));
        one.close();
        assertErrno(Errno.EADDRINUSE, () -> all.listen(0));
        two.close();
        all.listen(0);

        RdmaCmId late = bob.id();
        late.bindAddr(second);
        assertErrno(Errno.EADDRINUSE, () -> late.listen(0));
        assertThat(late.state()).isEqualTo(RdmaCmState.ADDR_BOUND);
    }

    // Wrong state

    @Test
    void listener_isNoConnection() {
        RdmaCmId listener = hosts.listening();

        assertErrno(Errno.EINVAL, () -> listener.bindAddr(bob.at(0)));
        assertErrno(Errno.EINVAL, () -> listener.listen(0));
        assertErrno(Errno.EINVAL, () -> listener.resolveAddr(alice.at(PORT)));
        assertErrno(Errno.EINVAL, () -> listener.connect(RdmaConnParam.qp(1)));
        assertErrno(Errno.EINVAL, () -> listener.accept(RdmaConnParam.qp(1)));
        assertErrno(Errno.EINVAL, listener::reject);
        assertErrno(Errno.EINVAL, listener::disconnect);
        assertThat(listener.state()).isEqualTo(RdmaCmState.LISTEN);
    }

    @Test
    void undecidedRequest_canOnlyBeDecided() {
        hosts.listening();
        connect(alice.qp());
        RdmaCmId request = bob.event().id();

        assertErrno(Errno.EINVAL, request::disconnect);
        assertErrno(Errno.EINVAL, request::resolveRoute);
        assertErrno(Errno.EINVAL, () -> request.bindAddr(bob.at(0)));
        assertErrno(Errno.EINVAL, () -> request.listen(0));
        assertErrno(Errno.EINVAL, () -> request.connect(RdmaConnParam.qp(1)));
        request.accept(RdmaConnParam.qp(bob.qp().qpn()));
        assertErrno(Errno.ECONNRESET, () -> request.accept(RdmaConnParam.qp(1)));
        assertErrno(Errno.ECONNRESET, request::reject);
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
    }

    @Test
    void idThatWasConnected_cannotBeConnectedAgain() {
        RdmaCmId rejected = connect(alice.qp());
        assertThat(alice.events()).containsExactly(RdmaCmEventType.REJECTED);

        assertErrno(Errno.EINVAL, () -> rejected.connect(RdmaConnParam.qp(1)));
        assertErrno(Errno.EINVAL, rejected::resolveRoute);
        assertErrno(Errno.EINVAL, () -> rejected.resolveAddr(bob.at(PORT)));
        assertThat(rejected.state()).isEqualTo(RdmaCmState.DISCONNECT);
    }

    // Ids whose calls wait

    @Test
    void closedSyncId_isEbadf() {
        RdmaSyncId id = alice.manager.createSyncId();
        id.close();

        assertErrno(Errno.EBADF, () -> id.bindAddr(alice.at(0)));
        assertErrno(Errno.EBADF, () -> id.resolveAddr(bob.at(PORT)));
        assertErrno(Errno.EBADF, id::resolveRoute);
        assertErrno(Errno.EBADF, () -> id.connect(RdmaConnParam.qp(1)));
        assertErrno(Errno.EBADF, () -> id.listen(0));
        assertErrno(Errno.EBADF, () -> id.getRequest(Duration.ZERO));
        assertErrno(Errno.EBADF, () -> id.accept(RdmaConnParam.qp(1)));
        assertErrno(Errno.EBADF, id::reject);
        assertErrno(Errno.EBADF, id::disconnect);
        assertErrno(Errno.EBADF, () -> id.migrate(alice.channel));
    }

    @Test
    void syncId_thatIsRefusedAnotherChannel_goesOn() {
        RdmaSyncId id = alice.manager.createSyncId();

        assertErrno(Errno.EINVAL, () -> id.migrate(bob.channel));
        assertThatNullPointerException().isThrownBy(() -> id.migrate(nothing()));

        id.resolveAddr(bob.at(PORT));
        assertThat(id.state()).isEqualTo(RdmaCmState.ADDR_RESOLVED);
    }

    private RdmaCmId connect(FakeQp qp) {
        RdmaCmId id = hosts.resolved(bob.at(PORT));
        id.connect(RdmaConnParam.qp(qp.qpn()));
        hosts.rig.settle();
        return id;
    }
}
