package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static io.erdma.cm.RdmaCmEventType.ADDR_RESOLVED;
import static io.erdma.cm.RdmaCmEventType.CONNECT_REQUEST;
import static io.erdma.cm.RdmaCmEventType.DEVICE_REMOVAL;
import static io.erdma.cm.RdmaCmEventType.DISCONNECTED;
import static io.erdma.cm.RdmaCmEventType.ESTABLISHED;
import static io.erdma.cm.RdmaCmEventType.REJECTED;
import static io.erdma.cm.RdmaCmEventType.ROUTE_RESOLVED;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an application hears, in order, whatever becomes of its ids: all of it, and no more. */
class EventOrderTest {
    private final Hosts hosts = new Hosts();
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
    }

    @Test
    void namesAndTheirOrder_areLibrdmacms_withoutWhatIwarpLacks() {
        assertThat(Stream.of(RdmaCmEventType.values()).map(RdmaCmEventType::name)).containsExactly("ADDR_RESOLVED",
                "ADDR_ERROR", "ROUTE_RESOLVED", "CONNECT_REQUEST", "CONNECT_ERROR", "UNREACHABLE", "REJECTED",
                "ESTABLISHED", "DISCONNECTED", "DEVICE_REMOVAL", "ADDRINFO_RESOLVED");
    }

    @Test
    void wholeLife_onEitherSide_andNothingAfterTheEnd() {
        RdmaCmId listener = hosts.listening();
        RdmaCmId active = alice.id();
        active.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        active.resolveRoute();
        hosts.rig.settle();
        active.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        RdmaCmId passive = onlyRequest(bob.manager);
        passive.accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();
        passive.disconnect();
        hosts.rig.settle();
        active.disconnect();
        hosts.rig.settle();
        remove(alice);
        remove(bob);

        assertThat(heard(alice)).isEqualTo(Map.of(active,
                List.of(ADDR_RESOLVED, ROUTE_RESOLVED, ESTABLISHED, DISCONNECTED, DEVICE_REMOVAL)));
        assertThat(heard(bob)).isEqualTo(Map.of(passive,
                List.of(CONNECT_REQUEST, ESTABLISHED, DISCONNECTED, DEVICE_REMOVAL), listener,
                List.of(DEVICE_REMOVAL)));
    }

    @Test
    void rejected_isTheLastOfItsId_andTheRejectingSideHearsOfNothing() {
        RdmaCmId listener = hosts.listening();
        RdmaCmId active = connecting();
        RdmaCmId passive = onlyRequest(bob.manager);
        passive.reject((byte) 1);
        hosts.rig.settle();
        passive.close();
        hosts.rig.settle();

        assertThat(heard(alice)).isEqualTo(Map.of(active, List.of(REJECTED)));
        assertThat(heard(bob)).isEqualTo(Map.of(passive, List.of(CONNECT_REQUEST)));
        assertThat(listener.state()).isEqualTo(RdmaCmState.LISTEN);
    }

    /** Two connections whose steps alternate: each has its own order. */
    @Test
    void connectionsAtOneTime_areToldApart_andEachIsInOrder() {
        hosts.listening();
        RdmaCmId first = connecting();
        RdmaCmId firstIn = onlyRequest(bob.manager);
        RdmaCmId second = connecting();
        RdmaCmId secondIn = bob.manager.ids().stream()
                .filter(id -> id.state() == RdmaCmState.CONNECT && id != firstIn).findFirst().orElseThrow();
        secondIn.accept(RdmaConnParam.qp(bob.qp().qpn()));
        firstIn.accept(RdmaConnParam.qp(bob.qp().qpn()));
        hosts.rig.settle();
        first.disconnect();
        hosts.rig.settle();
        secondIn.disconnect();
        hosts.rig.settle();

        assertThat(heard(alice)).isEqualTo(
                Map.of(first, List.of(ESTABLISHED, DISCONNECTED), second, List.of(ESTABLISHED, DISCONNECTED)));
        assertThat(heard(bob)).isEqualTo(Map.of(firstIn, List.of(CONNECT_REQUEST, ESTABLISHED, DISCONNECTED),
                secondIn, List.of(CONNECT_REQUEST, ESTABLISHED, DISCONNECTED)));
    }

    /** A device that goes is told once, last, and to every id that has found it; what was asked of it ends without an answer. */
    @Test
    void removedDevice_isTheLastEvent_atEveryStage() {
        RdmaCmId unbound = alice.id();
        RdmaCmId asking = alice.id();
        asking.bindAddr(alice.at(0));
        RdmaCmId resolved = hosts.resolved(bob.at(PORT));
        hosts.listening();
        RdmaCmId connecting = connecting();
        asking.resolveAddr(bob.at(PORT));
        alice.directory.remove(alice.device());
        hosts.rig.settle();

        assertThat(heard(alice)).isEqualTo(Map.of(asking, List.of(ADDR_RESOLVED, DEVICE_REMOVAL), resolved,
                List.of(DEVICE_REMOVAL), connecting, List.of(DEVICE_REMOVAL)));
        for (RdmaCmId id : List.of(asking, resolved, connecting)) {
            assertErrno(Errno.EINVAL, id::resolveRoute);
            assertErrno(Errno.EINVAL, () -> id.connect(RdmaConnParam.qp(1)));
            assertErrno(Errno.EINVAL, () -> id.accept(RdmaConnParam.qp(1)));
            assertErrno(Errno.EINVAL, () -> id.listen(0));
            assertThat(id.state()).isEqualTo(RdmaCmState.DEVICE_REMOVAL);
        }
        unbound.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        assertThat(alice.event().status()).contains(Errno.ENODEV);
    }

    @Test
    void removedDevice_takesAnUndecidedRequestAlong() {
        hosts.listening();
        RdmaCmId active = connecting();
        RdmaCmId request = onlyRequest(bob.manager);
        remove(bob);

        assertThat(heard(bob).get(request)).containsExactly(CONNECT_REQUEST, DEVICE_REMOVAL);
        assertThat(heard(alice)).isEqualTo(Map.of(active, List.of(REJECTED)));
        assertErrno(Errno.EINVAL, () -> request.accept(RdmaConnParam.qp(1)));
    }

    /** An id of alice that has asked; what led there has been taken. */
    private RdmaCmId connecting() {
        List<RdmaCmEvent> kept = taken(alice);
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        assertThat(kept).as("events that a test still wants").isEmpty();
        return active;
    }

    /** The id of the request, whose event stays where it is. */
    private static RdmaCmId onlyRequest(ConnectionManager manager) {
        List<RdmaCmId> found = manager.ids().stream().filter(id -> id.state() == RdmaCmState.CONNECT).toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private void remove(Hosts.Host host) {
        host.directory.remove(host.device());
        hosts.rig.settle();
    }

    private static Map<RdmaCmId, List<RdmaCmEventType>> heard(Hosts.Host host) {
        return taken(host).stream().collect(Collectors.groupingBy(RdmaCmEvent::id,
                Collectors.mapping(RdmaCmEvent::type, Collectors.toList())));
    }

    private static List<RdmaCmEvent> taken(Hosts.Host host) {
        return Stream.generate(host.channel::poll).takeWhile(Optional::isPresent).map(Optional::get).toList();
    }
}
