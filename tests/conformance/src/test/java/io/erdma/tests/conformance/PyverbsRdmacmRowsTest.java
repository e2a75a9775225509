package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaAddrinfo;
import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaCmState;
import io.erdma.cm.RdmaSyncId;
import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Programs that connect by rdma_cm: test_rdmacm.py of rdma-core. */
class PyverbsRdmacmRowsTest {
    private static final int ROUNDS = 20;

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_sync_traffic", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE })
    void synchronousIds_connectTalkAndDisconnect_byCallsAlone(Lab lab) throws Exception {
        End client = client(lab);
        End server = server(lab);
        try (ExecutorService program = Executors.newSingleThreadExecutor();
                RdmaSyncId door = lab.bob().cm().createSyncId();
                RdmaSyncId out = lab.alice().cm().createSyncId()) {
            door.bindAddr(new InetSocketAddress(CmDialog.BOB, CmDialog.PORT));
            door.listen(1);
            Future<RdmaSyncId> accepting = program.submit(() -> {
                RdmaSyncId in = lab.closeAtEnd(door.getRequest());
                in.accept(CmDialog.param(server.qp));
                return in;
            });
            out.resolveAddr(new InetSocketAddress(CmDialog.BOB, CmDialog.PORT));
            out.resolveRoute();
            out.connect(CmDialog.param(client.qp));
            RdmaSyncId in = accepting.get();
            assertThat(in.remoteAddress()).contains(out.localAddress());

            Traffic.pingPong(client, server, ROUNDS);
            out.disconnect();
            in.disconnect();

            assertThat(out.state()).isEqualTo(RdmaCmState.DISCONNECT);
            assertThat(in.state()).isEqualTo(RdmaCmState.DISCONNECT);
            assertEnded(client, server);
        }
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_traffic", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE, EVENT })
    void asynchronousIds_hearOfEachStep_inOrder(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        CmDialog dialog = new CmDialog(lab).listen();
        RdmaCmId active = dialog.resolved();
        RdmaCmEvent request = dialog.request(active, client.qp, (byte) 1, (byte) 2);
        RdmaCmEvent established = dialog.accept(request, server.qp, active, (byte) 3);

        assertThat(request.privateData()).containsExactly(1, 2);
        assertThat(established.privateData()).containsExactly(3);
        Traffic.pingPong(client, server, ROUNDS);
        dialog.disconnect(active, request.id());
        assertEnded(client, server);
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_reject_traffic", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS, STATE, ERRNO, EVENT, BYSTANDER })
    void aReject_reachesTheActiveSide_withPrivateData_andItsQpConnectsElsewhere(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        CmDialog dialog = new CmDialog(lab).listen();
        RdmaCmId rejected = dialog.resolved();
        RdmaCmEvent request = dialog.request(rejected, client.qp);
        request.id().reject((byte) 'n', (byte) 'o');

        RdmaCmEvent event = dialog.clientHears(RdmaCmEventType.REJECTED, rejected);
        assertThat(event.privateData()).containsExactly('n', 'o');
        assertThat(event.status()).contains(Errno.ECONNRESET);
        Refused.with(Errno.ECONNRESET, () -> request.id().accept(CmDialog.param(server.qp)));
        dialog.assertSilence();
        assertThat(client.qp.state()).isEqualTo(QpState.INIT);
        assertThat(server.qp.state()).isEqualTo(QpState.INIT);
        dialog.connect(dialog.resolved(), client.qp, server.qp);
        Traffic.pingPong(client, server, 1);
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_traffic_external_qp", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS, STATE, EVENT })
    void aQpOfTheCallers_isMovedToInitByIt_andOutlivesTheIds(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        client.qp.modify(QpState.INIT);
        server.qp.modify(QpState.INIT);
        CmDialog dialog = new CmDialog(lab).listen();
        RdmaCmId active = dialog.resolved();
        RdmaCmId passive = dialog.connect(active, client.qp, server.qp);

        assertThat(client.qp.state()).isEqualTo(QpState.RTS);
        assertThat(server.qp.state()).isEqualTo(QpState.RTS);
        Traffic.pingPong(client, server, ROUNDS);
        active.close();
        dialog.serverHears(RdmaCmEventType.DISCONNECTED, passive);
        passive.close();
        dialog.assertSilence();
        assertEnded(client, server);
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_read", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aRead_ofWhatThePeerAdvertised_bringsItsBytes(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        CmDialog dialog = new CmDialog(lab).listen();
        dialog.connect(dialog.resolved(), client.qp, server.qp);
        for (int round = 1; round <= ROUNDS; round++) {
            server.memory.fill(Advert.TARGET, Advert.LENGTH, round);
            Advert advert = Advert.exchange(server, client);
            client.post(advert.request(client.read(0, Advert.LENGTH, server, 0)));

            Traffic.assertCompletion(client.awaitOk(), 0, WcOpcode.RDMA_READ, client);
            assertThat(client.memory.bytes(0, Advert.LENGTH))
                    .isEqualTo(server.memory.bytes(Advert.TARGET, Advert.LENGTH));
            server.assertNothingCompleted();
        }
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_write", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void aWrite_toWhereThePeerAdvertised_isThere_whenALaterSendArrives(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        CmDialog dialog = new CmDialog(lab).listen();
        dialog.connect(dialog.resolved(), client.qp, server.qp);
        for (int round = 1; round <= ROUNDS; round++) {
            client.memory.fill(0, Advert.LENGTH, round);
            Advert advert = Advert.exchange(server, client);
            server.postEmptyReceive(round);
            SendRequest write = advert.request(client.write(0, Advert.LENGTH, server, 0));
            write.next = client.send(0, 0);
            client.post(write);

            assertThat(server.awaitOk().wrId).isEqualTo(round);
            assertThat(server.memory.bytes(Advert.TARGET, Advert.LENGTH))
                    .isEqualTo(client.memory.bytes(0, Advert.LENGTH));
            Traffic.assertCompletion(client.awaitOk(), 0, WcOpcode.RDMA_WRITE, client);
            Traffic.assertCompletion(client.awaitOk(), 0, WcOpcode.SEND, client);
        }
    }

    @Row(value = "test_rdmacm.CMTestCase.test_rdmacm_async_resolve_addrinfo", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS, ERRNO, EVENT })
    void addresses_areResolvedFromNodeAndService_onEitherSide(Lab lab) {
        End client = client(lab);
        End server = server(lab);
        CmDialog dialog = new CmDialog(lab);
        dialog.door.resolveAddrinfo("", Integer.toString(CmDialog.PORT), true);
        dialog.serverHears(RdmaCmEventType.ADDRINFO_RESOLVED, dialog.door);
        RdmaAddrinfo passive = dialog.door.queryAddrinfo();
        assertThat(passive.address().getAddress().isAnyLocalAddress()).isTrue();
        dialog.listen(passive.address());
        RdmaCmId id = dialog.client();
        id.resolveAddrinfo(CmDialog.BOB, Integer.toString(CmDialog.PORT), false);
        dialog.clientHears(RdmaCmEventType.ADDRINFO_RESOLVED, id);
        RdmaAddrinfo active = id.queryAddrinfo();
        assertThat(active).isEqualTo(new RdmaAddrinfo(false, new InetSocketAddress(CmDialog.BOB, CmDialog.PORT)));
        Refused.with(Errno.ENOENT, id::queryAddrinfo);

        dialog.connect(dialog.resolve(id, active.address()), client.qp, server.qp);
        Traffic.pingPong(client, server, 1);
    }

    private static End client(Lab lab) {
        return lab.end(lab.alice(), EndSpec.usual());
    }

    private static End server(Lab lab) {
        return lab.end(lab.bob(), EndSpec.usual());
    }

    private static void assertEnded(End... ends) {
        for (End end : ends) {
            end.awaitLeavingRts();
            end.assertFlushes();
        }
    }

    /** Where a peer's memory is, as a program learns it: by a message. */
    private record Advert(long address, int key) {
        static final int TARGET = 16_384;
        static final int LENGTH = 3000;

        private static final int PLACE = 32_768;

        static Advert exchange(End from, End to) {
            from.memory.putLong(PLACE, from.memory.address(TARGET));
            from.memory.putLong(PLACE + Long.BYTES, from.mr.rkey());
            to.postReceive(0, PLACE, 2 * Long.BYTES);
            from.post(from.send(PLACE, 2 * Long.BYTES));
            from.awaitOk();
            to.awaitOk();
            return new Advert(to.memory.getLong(PLACE), (int) to.memory.getLong(PLACE + Long.BYTES));
        }

        SendRequest request(SendRequest request) {
            request.remoteAddress = address;
            request.remoteKey = key;
            return request;
        }
    }
}
