package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several listeners of one host, and addresses by name. */
class ListenersTest {
    private final Hosts hosts = new Hosts();
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
    }

    private RdmaCmId listening(RdmaEventChannel channel, int port, int backlog) {
        RdmaCmId id = bob.manager.createId(channel);
        id.bindAddr(bob.at(port));
        id.listen(backlog);
        return id;
    }

    private RdmaCmId connecting(int port) {
        RdmaCmId active = hosts.resolved(bob.at(port));
        active.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        return active;
    }

    @Test
    void severalListeners_onOneChannel_areToldApartByTheRequests() {
        List<RdmaCmId> doors = List.of(listening(bob.channel, PORT, 0), listening(bob.channel, PORT + 1, 0),
                listening(bob.channel, PORT + 2, 0));
        for (int i = doors.size() - 1; i >= 0; i--) {
            RdmaCmId active = connecting(PORT + i);
            RdmaCmEvent request = bob.event();
            assertThat(request.listener()).containsSame(doors.get(i));
            request.id().accept(RdmaConnParam.qp(bob.qp().qpn()));
            hosts.rig.settle();
            assertThat(bob.event().id()).isSameAs(request.id());
            assertThat(alice.event().id()).isSameAs(active);
        }
    }

    @Test
    void severalListeners_haveTheirOwnChannels_andTheEndOfOneIsNotTheOthers() {
        RdmaEventChannel other = bob.manager.createEventChannel();
        RdmaCmId first = listening(bob.channel, PORT, 0);
        RdmaCmId second = listening(other, PORT + 1, 0);
        connecting(PORT + 1);
        RdmaCmId accepted = other.poll().orElseThrow().id();

        first.close();
        connecting(PORT);

        assertThat(alice.events()).containsExactly(RdmaCmEventType.REJECTED);
        assertThat(bob.events()).isEmpty();
        accepted.accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
        assertThat(second.state()).isEqualTo(RdmaCmState.LISTEN);
    }

    @Test
    void backlogs_areCountedApart() {
        listening(bob.channel, PORT, 1);
        listening(bob.channel, PORT + 1, 1);
        connecting(PORT + 1);
        connecting(PORT);
        assertThat(alice.events()).isEmpty();
        connecting(PORT);

        assertThat(alice.events()).as("the second of the first listener").containsExactly(RdmaCmEventType.REJECTED);
        assertThat(bob.events()).containsExactly(RdmaCmEventType.CONNECT_REQUEST, RdmaCmEventType.CONNECT_REQUEST);
    }

    @Test
    void aRequestsId_movesToAnotherChannel_withoutItsListener() {
        RdmaEventChannel other = bob.manager.createEventChannel();
        RdmaCmId door = listening(bob.channel, PORT, 0);
        connecting(PORT);
        RdmaCmId in = bob.event().id();

        in.migrate(other);
        in.accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();
        assertThat(alice.events()).containsExactly(RdmaCmEventType.ESTABLISHED);
        connecting(PORT);

        assertThat(other.poll().orElseThrow().type()).isEqualTo(RdmaCmEventType.ESTABLISHED);
        assertThat(bob.event().listener()).containsSame(door);
    }

    @Test
    void resolveAddrinfo_tellsByAnEvent_thatItCanBeQueried_once() {
        RdmaCmId id = alice.id();
        id.resolveAddrinfo("10.0.0.2", "7174", false);
        assertErrno(Errno.EBUSY, () -> id.resolveAddrinfo("10.0.0.2", "7174", false));
        hosts.rig.settle();

        assertThat(alice.event().type()).isEqualTo(RdmaCmEventType.ADDRINFO_RESOLVED);
        assertThat(id.queryAddrinfo()).isEqualTo(new RdmaAddrinfo(false, bob.at(7174)));
        assertErrno(Errno.ENOENT, id::queryAddrinfo);
        assertThat(id.state()).isEqualTo(RdmaCmState.IDLE);
        id.close();
        assertErrno(Errno.EBADF, id::queryAddrinfo);
        assertErrno(Errno.EBADF, () -> id.resolveAddrinfo("10.0.0.2", "7174", false));
    }

    @Test
    void resolveAddrinfo_refusesAtOnceWhatIsNoAddress_andBringsNoEvent() {
        RdmaCmId id = alice.id();

        assertErrno(Errno.ENOENT, () -> id.resolveAddrinfo("bob", "7174", false));
        assertErrno(Errno.EAFNOSUPPORT, () -> id.resolveAddrinfo("::1", "7174", false));
        for (String service : List.of("", "http", "-1", "65536", "99999999999")) {
            assertErrno(Errno.EINVAL, () -> id.resolveAddrinfo("10.0.0.2", service, true));
        }
        assertErrno(Errno.EINVAL, () -> id.resolveAddrinfo("", "7174", false));
        assertErrno(Errno.EINVAL, () -> id.resolveAddrinfo("10.0.0.2", "0", false));
        hosts.rig.settle();

        assertThat(alice.events()).isEmpty();
        assertErrno(Errno.ENOENT, id::queryAddrinfo);
    }

    @Test
    void passiveAddrinfo_withoutNode_isTheWildcardAddress() {
        assertThat(RdmaAddrinfo.of("", "0", true).address()).isEqualTo(new InetSocketAddress(0));
        assertThat(RdmaAddrinfo.of("10.0.0.1", "65535", true).address()).isEqualTo(alice.at(65535));
    }
}
