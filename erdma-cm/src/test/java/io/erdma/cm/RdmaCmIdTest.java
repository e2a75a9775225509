package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.cm.iwarp.FakeQp;
import io.erdma.cm.iwarp.RawPeer;
import io.erdma.core.errno.Errno;
import io.erdma.core.net.Netdev;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ids of two hosts with each other: calls, events, and what is refused. */
class RdmaCmIdTest {
    private final Hosts hosts = new Hosts();
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;
    private final FakeQp aliceQp = alice.qp();
    private final FakeQp bobQp = bob.qp();

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
    }

    @Test
    void activeAndPassive_meet_withPrivateDataBothWays() {
        RdmaCmId listener = hosts.listening();
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(RdmaConnParam.qp(aliceQp.qpn()).withPrivateData((byte) 1, (byte) 2));
        hosts.rig.settle();

        RdmaCmEvent request = bob.event();
        assertThat(request.type()).isEqualTo(RdmaCmEventType.CONNECT_REQUEST);
        assertThat(request.listener()).containsSame(listener);
        assertThat(request.id()).isNotSameAs(listener);
        assertThat(request.privateData()).containsExactly(1, 2);
        assertThat(request.initiatorDepth()).isEqualTo(FakeDevice.MAX_IRD);
        assertThat(request.responderResources()).isEqualTo(FakeDevice.MAX_ORD);
        assertThat(request.id().localAddress()).isEqualTo(bob.at(PORT));
        assertThat(request.id().remoteAddress()).contains(active.localAddress());
        assertThat(listener.state()).isEqualTo(RdmaCmState.LISTEN);
        assertThat(request.id().state()).isEqualTo(RdmaCmState.CONNECT);
        request.id().accept(RdmaConnParam.qp(bobQp.qpn()).withPrivateData((byte) 3));
        hosts.rig.settle();

        assertThat(bob.event().type()).isEqualTo(RdmaCmEventType.ESTABLISHED);
        RdmaCmEvent established = alice.event();
        assertThat(established.type()).isEqualTo(RdmaCmEventType.ESTABLISHED);
        assertThat(established.id()).isSameAs(active);
        assertThat(established.status()).isEmpty();
        assertThat(established.privateData()).containsExactly(3);
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.RTS);
        assertThat(bobQp.state()).isEqualTo(FakeQp.State.RTS);
    }

    @Test
    void depthsOfTheParameters_reachTheQps() {
        RdmaCmId active = establish(RdmaConnParam.qp(aliceQp.qpn()).withResponderResources(7).withInitiatorDepth(9));

        assertThat(aliceQp.handover().ird()).isEqualTo(7);
        assertThat(aliceQp.handover().ord()).isEqualTo(9);
        assertThat(active.remoteAddress()).contains(bob.at(PORT));
    }

    @Test
    void disconnect_isReportedOnceOnEitherSide() {
        RdmaCmId active = establish();

        active.disconnect();
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.DISCONNECTED);
        assertThat(bob.events()).containsExactly(RdmaCmEventType.DISCONNECTED);
        assertThat(aliceQp.log()).contains("disconnect");
        active.disconnect();
        hosts.rig.settle();
        assertThat(alice.events()).as("nothing more happens").isEmpty();
    }

    @Test
    void closeOfAConnectedId_isReportedToThePeerAlone() {
        establish().close();
        hosts.rig.settle();

        assertThat(alice.events()).isEmpty();
        assertThat(bob.events()).containsExactly(RdmaCmEventType.DISCONNECTED);
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.ERROR);
    }

    @Test
    void reject_reachesTheActiveSide_withPrivateData() {
        hosts.listening();
        begin();
        bob.event().id().reject((byte) 42);
        hosts.rig.settle();

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET, 42);
    }

    @Test
    void connectionRefused_isRejected() {
        begin();

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET);
    }

    @Test
    void silence_isUnreachable() {
        hosts.rig.network.silence(bob.at(PORT));
        begin();
        hosts.rig.pass(Duration.ofSeconds(10));

        assertFailure(RdmaCmEventType.UNREACHABLE, Errno.ETIMEDOUT);
    }

    @Test
    void markersInTheReply_areRejected() {
        answerOfBytes("4d504120494420526570204672616d65 8081 0000 00000000 00000001");

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNREFUSED);
    }

    @Test
    void brokenReply_isAConnectError() {
        answerOfBytes("4d504120494420526570204672616d65 0001 0000 00000000 00000001");

        assertFailure(RdmaCmEventType.CONNECT_ERROR, Errno.EINVAL);
    }

    @Test
    void requestThatCannotBeSent_isAConnectError() {
        hosts.rig.network.windowBytes(1);
        hosts.listening();
        begin();

        assertFailure(RdmaCmEventType.CONNECT_ERROR, Errno.EIO);
    }

    private void answerOfBytes(String reply) {
        RawPeer peer = RawPeer.listening(hosts.rig.bob, PORT);
        begin();
        peer.send(reply);
        hosts.rig.settle();
        peer.close();
    }

    private void assertFailure(RdmaCmEventType type, Errno status, int... privateData) {
        RdmaCmEvent event = alice.event();
        assertThat(event.type()).isEqualTo(type);
        assertThat(event.status()).contains(status);
        assertThat(event.privateData()).hasSize(privateData.length);
        for (int i = 0; i < privateData.length; i++) {
            assertThat(event.privateData()[i]).isEqualTo((byte) privateData[i]);
        }
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.IDLE);
    }

    @Test
    void resolveAddr_findsTheDeviceAndOurAddressByTheRoute() {
        RdmaCmId id = alice.id();
        id.resolveAddr(bob.at(PORT));
        assertThat(alice.events()).as("not before the queue has worked").isEmpty();
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
        assertThat(id.localAddress()).isEqualTo(alice.at(0));
        assertThat(id.remoteAddress()).contains(bob.at(PORT));
    }

    @Test
    void resolveAddr_withoutRoute_isEnetunreach_andMayBeTriedAgain() {
        RdmaCmId id = alice.id();
        id.resolveAddr(new InetSocketAddress("192.168.7.7", PORT));
        hosts.rig.settle();
        assertThat(alice.event().status()).contains(Errno.ENETUNREACH);

        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
    }

    @Test
    void resolveAddr_overAnInterfaceWithoutDevice_isEnodev() {
        alice.directory.remove(alice.device());
        alice.id().resolveAddr(bob.at(PORT));
        hosts.rig.settle();

        RdmaCmEvent event = alice.event();
        assertThat(event.type()).isEqualTo(RdmaCmEventType.ADDR_ERROR);
        assertThat(event.status()).contains(Errno.ENODEV);
    }

    @Test
    void resolveAddr_fromAnAddressOfOurs_bindsToIt() {
        RdmaCmId id = alice.id();
        id.resolveAddr(Optional.of(alice.at(4000)), bob.at(PORT));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
        id.resolveRoute();
        hosts.listening();
        id.connect(connectable(id));
        hosts.rig.settle();

        assertThat(bob.event().id().remoteAddress()).contains(alice.at(4000));
    }

    private RdmaConnParam connectable(RdmaCmId id) {
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ROUTE_RESOLVED);
        assertThat(id.localAddress().getPort()).isEqualTo(4000);
        return RdmaConnParam.qp(aliceQp.qpn());
    }

    @Test
    void resolveAddr_fromAnotherHostsAddress_isEaddrnotavail_andChangesNothing() {
        RdmaCmId id = alice.id();

        assertErrno(Errno.EADDRNOTAVAIL, () -> id.resolveAddr(Optional.of(bob.at(0)), bob.at(PORT)));

        assertThat(id.remoteAddress()).isEmpty();
        id.bindAddr(alice.at(0));
        assertErrno(Errno.EINVAL, () -> id.resolveAddr(Optional.of(alice.at(0)), bob.at(PORT)));
        id.resolveAddr(bob.at(PORT));
    }

    @Test
    void anotherFamily_isEafnosupport() throws Exception {
        InetSocketAddress six = new InetSocketAddress(Inet6Address.getByName("::1"), PORT);
        RdmaCmId id = alice.id();

        assertErrno(Errno.EAFNOSUPPORT, () -> id.bindAddr(six));
        assertErrno(Errno.EAFNOSUPPORT, () -> id.resolveAddr(six));
        assertErrno(Errno.EAFNOSUPPORT, () -> id.bindAddr(InetSocketAddress.createUnresolved("bob", PORT)));
    }

    @Test
    void bindAddr_toWhatIsNotOurs_isEaddrnotavail_andWithoutDeviceEnodev() {
        alice.side.machine.addNetdev("eth1", "00:16:3e:00:00:09", "10.0.9.1");
        RdmaCmId id = alice.id();

        assertErrno(Errno.EADDRNOTAVAIL, () -> id.bindAddr(bob.at(0)));
        assertErrno(Errno.ENODEV, () -> id.bindAddr(new InetSocketAddress("10.0.9.1", 0)));
        id.bindAddr(alice.at(0));
        assertErrno(Errno.EINVAL, () -> id.bindAddr(alice.at(0)));
    }

    @Test
    void callsInTheWrongState_areEinval() {
        RdmaCmId id = alice.id();
        RdmaConnParam param = RdmaConnParam.qp(aliceQp.qpn());

        assertErrno(Errno.EINVAL, id::resolveRoute);
        assertErrno(Errno.EINVAL, () -> id.connect(param));
        assertErrno(Errno.EINVAL, () -> id.accept(param));
        assertErrno(Errno.EINVAL, id::reject);
        assertErrno(Errno.EINVAL, id::disconnect);
        id.listen(1);
        assertErrno(Errno.EINVAL, () -> id.listen(1));
        assertErrno(Errno.EINVAL, () -> id.resolveAddr(bob.at(PORT)));
    }

    @Test
    void callsOnAClosedId_areEbadf_andCloseIsIdempotent() {
        RdmaCmId id = alice.id();
        RdmaConnParam param = RdmaConnParam.qp(aliceQp.qpn());
        id.close();
        id.close();

        assertErrno(Errno.EBADF, () -> id.bindAddr(alice.at(0)));
        assertErrno(Errno.EBADF, () -> id.resolveAddr(bob.at(PORT)));
        assertErrno(Errno.EBADF, id::resolveRoute);
        assertErrno(Errno.EBADF, () -> id.connect(param));
        assertErrno(Errno.EBADF, () -> id.listen(1));
        assertErrno(Errno.EBADF, () -> id.accept(param));
        assertErrno(Errno.EBADF, id::reject);
        assertErrno(Errno.EBADF, id::disconnect);
        assertErrno(Errno.EBADF, () -> id.migrate(alice.channel));
    }

    @Test
    void closedManager_refusesNewIdsAndChannels() {
        alice.manager.close();

        assertErrno(Errno.EBADF, alice::id);
        assertErrno(Errno.EBADF, alice.manager::createEventChannel);
        assertErrno(Errno.EBADF, alice.channel::poll);
    }

    @Test
    void refusedConnect_leavesTheIdToBeConnected() {
        hosts.listening();
        RdmaCmId id = hosts.resolved(bob.at(PORT));
        assertErrno(Errno.ENOENT, () -> id.connect(RdmaConnParam.qp(999)));
        assertErrno(Errno.EINVAL, () -> id.connect(RdmaConnParam.qp(aliceQp.qpn()).withPrivateData(new byte[256])));

        id.connect(RdmaConnParam.qp(aliceQp.qpn()).withPrivateData(new byte[255]));
        hosts.rig.settle();

        assertThat(bob.event().privateData()).hasSize(255);
    }

    @Test
    void activeId_cannotBeAccepted() {
        hosts.rig.network.silence(bob.at(PORT));
        RdmaCmId id = begin();

        assertErrno(Errno.EINVAL, () -> id.accept(RdmaConnParam.qp(aliceQp.qpn())));
        assertErrno(Errno.EINVAL, id::disconnect);
    }

    @Test
    void acceptThatFails_isTheEndOfTheConnection() {
        hosts.listening();
        begin();
        RdmaCmId id = bob.event().id();

        assertErrno(Errno.ENOENT, () -> id.accept(RdmaConnParam.qp(999)));
        hosts.rig.settle();

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET);
        assertErrno(Errno.ECONNRESET, () -> id.accept(RdmaConnParam.qp(bobQp.qpn())));
        assertErrno(Errno.ECONNRESET, id::reject);
    }

    @Test
    void closeOfARequestsId_rejects() {
        hosts.listening();
        begin();
        bob.event().id().close();
        hosts.rig.settle();

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET);
    }

    @Test
    void closeOfAListener_rejectsRequestsThatNobodyTook_andKeepsOthers() {
        RdmaCmId listener = hosts.listening();
        begin();
        RdmaCmId taken = bob.event().id();
        FakeQp second = alice.qp();
        RdmaCmId other = hosts.resolved(bob.at(PORT));
        other.connect(RdmaConnParam.qp(second.qpn()));
        hosts.rig.settle();

        listener.close();
        hosts.rig.settle();

        RdmaCmEvent rejected = alice.event();
        assertThat(rejected.id()).isSameAs(other);
        assertThat(rejected.type()).isEqualTo(RdmaCmEventType.REJECTED);
        assertThat(bob.events()).isEmpty();
        taken.accept(RdmaConnParam.qp(bobQp.qpn()));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
    }

    @Test
    void closeOfAListener_whileARequestIsOnItsWay_rejectsIt() {
        RdmaCmId listener = hosts.listening();
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(RdmaConnParam.qp(aliceQp.qpn()));
        hosts.rig.network.deliverAll();
        alice.side.queue.runPending();
        bob.side.queue.runPending();
        hosts.rig.network.deliverAll();
        assertThat(bob.side.queue.runOne()).as("the request is read").isTrue();
        listener.close();
        hosts.rig.settle();

        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET);
        assertThat(bob.manager.idCount()).isZero();
    }

    @Test
    void listen_onATakenPort_isEaddrinuse_andTheIdStaysBound() {
        RdmaCmId first = hosts.listening();
        RdmaCmId id = bob.id();
        id.bindAddr(bob.at(PORT));

        assertErrno(Errno.EADDRINUSE, () -> id.listen(1));
        first.close();
        id.listen(1);

        assertThat(id.localAddress()).isEqualTo(bob.at(PORT));
    }

    @Test
    void listen_onTheWildcardAddress_servesEveryDevice_onOnePort_andThoseThatComeLater() {
        Netdev eth1 = bob.side.machine.addNetdev("eth1", "00:16:3e:00:00:0a", "10.0.0.3");
        Netdev eth2 = bob.side.machine.addNetdev("eth2", "00:16:3e:00:00:0b", "10.0.0.4");
        bob.directory.add(new FakeDevice(eth1));
        hosts.rig.settle();
        RdmaCmId listener = bob.id();
        listener.listen(0);
        int port = listener.localAddress().getPort();
        FakeDevice late = new FakeDevice(eth2);
        bob.directory.add(late);
        hosts.rig.settle();

        assertThat(port).isPositive();
        for (String address : List.of("10.0.0.2", "10.0.0.3", "10.0.0.4")) {
            RdmaCmId active = hosts.resolved(new InetSocketAddress(address, port));
            active.connect(RdmaConnParam.qp(alice.qp().qpn()));
            hosts.rig.settle();
            assertThat(bob.event().id().localAddress()).isEqualTo(new InetSocketAddress(address, port));
        }
        bob.directory.remove(late);
        hosts.rig.settle();
        assertThat(bob.events()).as("its connection, but not the listener").containsExactly(
                RdmaCmEventType.DEVICE_REMOVAL);
        assertThat(listener.localAddress().getPort()).isEqualTo(port);
    }

    @Test
    void listen_onTheWildcardAddress_isRefusedByAllIfByOne() {
        Netdev eth1 = bob.side.machine.addNetdev("eth1", "00:16:3e:00:00:0a", "10.0.0.3");
        bob.directory.add(new FakeDevice(eth1));
        RdmaCmId holder = bob.id();
        holder.bindAddr(new InetSocketAddress("10.0.0.3", PORT));
        holder.listen(1);
        RdmaCmId id = bob.id();
        id.bindAddr(new InetSocketAddress(PORT));

        assertErrno(Errno.EADDRINUSE, () -> id.listen(1));

        assertThat(bob.manager.endPoints().count()).as("the holder alone").isEqualTo(1);
    }

    @Test
    void removedDevice_disconnects_thenTellsEveryIdOnIt() {
        RdmaCmId active = establish();
        RdmaCmId bound = alice.id();
        bound.bindAddr(alice.at(0));
        RdmaCmId listener = alice.id();
        listener.bindAddr(alice.at(99));
        listener.listen(0);
        alice.id();

        alice.directory.remove(alice.device());
        assertThat(alice.device().references()).as("at once").isZero();
        hosts.rig.settle();

        List<RdmaCmEvent> events = new ArrayList<>();
        for (Optional<RdmaCmEvent> event = alice.channel.poll(); event.isPresent(); event = alice.channel.poll()) {
            events.add(event.get());
        }
        assertThat(events).extracting(RdmaCmEvent::type).containsExactlyInAnyOrder(RdmaCmEventType.DISCONNECTED,
                RdmaCmEventType.DEVICE_REMOVAL, RdmaCmEventType.DEVICE_REMOVAL, RdmaCmEventType.DEVICE_REMOVAL);
        assertThat(events).filteredOn(event -> event.id() == active).extracting(RdmaCmEvent::type).containsExactly(
                RdmaCmEventType.DISCONNECTED, RdmaCmEventType.DEVICE_REMOVAL);
        assertThat(events).extracting(RdmaCmEvent::id).contains(bound, listener);
        assertThat(bob.events()).containsExactly(RdmaCmEventType.DISCONNECTED);
        assertErrno(Errno.EINVAL, () -> bound.resolveAddr(bob.at(PORT)));
    }

    @Test
    void removedDevice_whileConnecting_isToldAsRemovalAlone() {
        hosts.rig.network.silence(bob.at(PORT));
        begin();

        alice.directory.remove(alice.device());
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.DEVICE_REMOVAL);
    }

    @Test
    void handler_mayCallEverything_andNoLockIsHeld() {
        hosts.listening();
        List<RdmaCmEventType> seen = new ArrayList<>();
        RdmaEventChannel calling = alice.manager.createEventChannel(event -> {
            seen.add(event.type());
            switch (event.type()) {
                case ADDR_RESOLVED -> event.id().resolveRoute();
                case ROUTE_RESOLVED -> event.id().connect(RdmaConnParam.qp(aliceQp.qpn()));
                case ESTABLISHED -> event.id().disconnect();
                case DISCONNECTED -> event.id().close();
                default -> throw new AssertionError(event);
            }
        });
        RdmaEventChannel accepting = bob.manager.createEventChannel(event -> {
            if (event.type() == RdmaCmEventType.CONNECT_REQUEST) {
                event.id().accept(RdmaConnParam.qp(bobQp.qpn()));
            }
        });
        RdmaCmId listener = bob.manager.createId(accepting);
        listener.bindAddr(bob.at(PORT + 1));
        listener.listen(0);

        RdmaCmId id = alice.manager.createId(calling);
        id.resolveAddr(bob.at(PORT + 1));
        hosts.rig.settle();

        assertThat(seen).containsExactly(RdmaCmEventType.ADDR_RESOLVED, RdmaCmEventType.ROUTE_RESOLVED,
                RdmaCmEventType.ESTABLISHED, RdmaCmEventType.DISCONNECTED);
        assertThat(alice.manager.idCount()).isZero();
    }

    @Test
    void loopback_connectsAHostWithItself() {
        RdmaCmId listener = alice.id();
        listener.bindAddr(alice.at(PORT));
        listener.listen(0);
        RdmaCmId active = hosts.resolved(alice.at(PORT));
        active.connect(RdmaConnParam.qp(aliceQp.qpn()));
        hosts.rig.settle();
        FakeQp second = alice.qp();
        alice.event().id().accept(RdmaConnParam.qp(second.qpn()));
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED, RdmaCmEventType.ESTABLISHED);
        assertThat(second.handover().peerCookie()).isEqualTo(aliceQp.cookie());
    }

    @Test
    void failedConnection_leavesTheQpForAnotherAttempt() {
        begin();
        assertFailure(RdmaCmEventType.REJECTED, Errno.ECONNRESET);

        hosts.listening();
        begin();
        bob.event().id().accept(RdmaConnParam.qp(bobQp.qpn()));
        hosts.rig.settle();

        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
    }

    @Test
    void toString_saysWhereItStands() {
        RdmaCmId id = hosts.resolved(bob.at(PORT));

        assertThat(id).hasToString("id[ROUTE_RESOLVED, /10.0.0.1:0 → /10.0.0.2:7174]");
    }

    private RdmaCmId begin() {
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(RdmaConnParam.qp(aliceQp.qpn()));
        hosts.rig.settle();
        return active;
    }

    private RdmaCmId establish() { return establish(RdmaConnParam.qp(aliceQp.qpn())); }

    /** A connection, and no event that waits. */
    private RdmaCmId establish(RdmaConnParam param) {
        hosts.listening();
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(param);
        hosts.rig.settle();
        bob.event().id().accept(RdmaConnParam.qp(bobQp.qpn()));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
        assertThat(bob.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
        return active;
    }
}
