package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Link;
import io.erdma.tests.conformance.harness.VerbsQp;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The two programs of a test of the connection manager, with events: alice's connects, bob's listens. Each event is awaited, and no other may come. */
final class CmDialog implements AutoCloseable {
    static final String BOB = "10.0.0.2";
    static final int PORT = 7471;

    private static final int READS = 16;

    final RdmaEventChannel clientEvents;
    final RdmaEventChannel serverEvents;
    final RdmaCmId door;
    private final Lab lab;
    private final List<RdmaCmId> ids = new ArrayList<>();

    CmDialog(Lab lab) {
        this.lab = lab;
        clientEvents = lab.alice().cm().createEventChannel();
        serverEvents = lab.bob().cm().createEventChannel();
        door = lab.bob().cm().createId(serverEvents);
        ids.add(door);
        lab.closeAtEnd(this);
    }

    /** Bob's program listens. */
    CmDialog listen() {
        return listen(new InetSocketAddress(BOB, PORT));
    }

    CmDialog listen(InetSocketAddress address) {
        door.bindAddr(address);
        door.listen(8);
        return this;
    }

    /** A new id of alice's program. */
    RdmaCmId client() {
        RdmaCmId id = lab.alice().cm().createId(clientEvents);
        ids.add(id);
        return id;
    }

    /** An id of alice's program that may be connected. */
    RdmaCmId resolved() {
        return resolve(client(), new InetSocketAddress(BOB, PORT));
    }

    RdmaCmId resolve(RdmaCmId id, InetSocketAddress destination) {
        id.resolveAddr(destination);
        clientHears(RdmaCmEventType.ADDR_RESOLVED, id);
        id.resolveRoute();
        clientHears(RdmaCmEventType.ROUTE_RESOLVED, id);
        return id;
    }

    /** What bob's program hears when {@code id} asks for {@code qp}. */
    RdmaCmEvent request(RdmaCmId id, VerbsQp qp, byte... privateData) {
        return request(id, param(qp).withPrivateData(privateData));
    }

    RdmaCmEvent request(RdmaCmId id, RdmaConnParam param) {
        id.connect(param);
        RdmaCmEvent request = Link.expect(serverEvents, RdmaCmEventType.CONNECT_REQUEST);
        assertThat(request.listener()).containsSame(door);
        ids.add(request.id());
        return request;
    }

    /** Bob's program accepts; both sides hear of it. */
    RdmaCmEvent accept(RdmaCmEvent request, VerbsQp qp, RdmaCmId active, byte... privateData) {
        request.id().accept(param(qp).withPrivateData(privateData));
        serverHears(RdmaCmEventType.ESTABLISHED, request.id());
        return clientHears(RdmaCmEventType.ESTABLISHED, active);
    }

    /** All that it takes to connect; the id of bob's program. */
    RdmaCmId connect(RdmaCmId active, VerbsQp from, VerbsQp to) {
        RdmaCmEvent request = request(active, from);
        accept(request, to, active);
        return request.id();
    }

    static RdmaConnParam param(VerbsQp qp) {
        return RdmaConnParam.qp(qp.qpn()).withInitiatorDepth(READS).withResponderResources(READS);
    }

    RdmaCmEvent clientHears(RdmaCmEventType type, RdmaCmId id) {
        return hears(clientEvents, type, id);
    }

    RdmaCmEvent serverHears(RdmaCmEventType type, RdmaCmId id) {
        return hears(serverEvents, type, id);
    }

    private static RdmaCmEvent hears(RdmaEventChannel channel, RdmaCmEventType type, RdmaCmId id) {
        RdmaCmEvent event = Link.expect(channel, type);
        assertThat(event.id()).isSameAs(id);
        return event;
    }

    /** Alice's program ends it; both sides hear of it, and then of nothing. */
    void disconnect(RdmaCmId active, RdmaCmId passive) {
        active.disconnect();
        clientHears(RdmaCmEventType.DISCONNECTED, active);
        serverHears(RdmaCmEventType.DISCONNECTED, passive);
        assertSilence();
    }

    void assertSilence() {
        assertThat(clientEvents.poll()).isEmpty();
        assertThat(serverEvents.poll()).isEmpty();
    }

    @Override
    public void close() {
        ids.forEach(RdmaCmId::close);
        clientEvents.close();
        serverEvents.close();
    }
}
