package io.erdma.cm.iwarp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The passive side against a peer of bytes (driver-behaviour §6). */
class PassiveEndPointTest {
    private final Rig rig = new Rig();
    private final List<IwEvent> events = new ArrayList<>();
    private final ListeningEndPoint listener = ListeningEndPoint.listen(rig.bob.endPoints, rig.bob.device,
            rig.bob.at(Rig.PORT), 4, events::add);
    private final FakeQp qp = rig.bob.device.createQp();
    private final RawPeer alice = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);

    @Test
    void goodRequest_isReported_withPrivateDataAddressesAndOwnLimits() {
        IwEvent.ConnectRequest request = request("0081", "00000001", "0102");

        assertThat(request.request().privateData()).containsExactly(1, 2);
        assertThat(request.ird()).isEqualTo(FakeDevice.MAX_IRD);
        assertThat(request.ord()).isEqualTo(FakeDevice.MAX_ORD);
        assertThat(request.endPoint().local()).isEqualTo(rig.bob.at(Rig.PORT));
        assertThat(request.endPoint().remote()).isEqualTo(alice.stream().local());
        assertThat(request.endPoint().state()).isEqualTo(EndPointState.RECVD_MPAREQ);
    }

    @Test
    void accept_repliesWithOwnCookieAndAgreedCongestionControl_thenReportsEstablished() {
        qp.congestionControl(2);
        PassiveEndPoint endPoint = request("0481", "12345672", "").endPoint();
        events.clear();

        accept(endPoint, "c0de");

        assertThat(alice.received()).isEqualTo(Frames.frame(Frames.REP, "0481", "c0010001", "12345672", "c0de"));
        assertThat(events).containsExactly(new IwEvent.Established());
        assertThat(endPoint.state()).isEqualTo(EndPointState.RDMA_MODE);
    }

    @ParameterizedTest
    @CsvSource({ "0,0,0", "3,3,3", "0,3,1", "3,1,1" })
    void differentCongestionControls_meetAtCubic_onBothSides(int own, int peers, int agreed) {
        qp.congestionControl(own);
        PassiveEndPoint endPoint = request("0081", "0000000" + peers, "").endPoint();

        accept(endPoint, "");

        assertThat(alice.received()).isEqualTo(Frames.frame(Frames.REP, "0081", "c0010001", "0000000" + agreed, ""));
        assertThat(qp.handover().congestionControl()).isEqualTo(agreed);
    }

    @Test
    void accept_movesTheQpToRtsBeforeTheReply_andTellsTheReplysLength() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();
        int before = alice.stream().receiveSequence();

        accept(endPoint, "010203");

        QpPort.Handover handover = qp.handover();
        assertThat(qp.state()).isEqualTo(FakeQp.State.RTS);
        assertThat(handover.peerCookie()).isEqualTo(0x11223344);
        assertThat(handover.sendSequence()).as("where the reply begins").isEqualTo(before);
        assertThat(handover.replyLength()).isEqualTo(31);
        assertThat(handover.receiveSequence()).isEqualTo(alice.stream().sendSequence());
        assertThat(handover.local()).isEqualTo(rig.bob.at(Rig.PORT));
        assertThat(handover.remote()).isEqualTo(alice.stream().local());
        assertThat(handover.ird()).isEqualTo(5);
        assertThat(handover.ord()).isEqualTo(6);
    }

    @Test
    void noRequestIn20Seconds_closesSilently() {
        rig.settle();
        alice.send(Frames.request().substring(0, 50));
        rig.settle();

        rig.pass(Duration.ofSeconds(20).minusNanos(1));
        assertThat(alice.closedByPeer()).isFalse();
        rig.pass(Duration.ofNanos(1));

        assertClosedSilently();
    }

    @Test
    void requestTimer_endsWithTheRequest() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        rig.pass(Duration.ofHours(1));

        assertThat(endPoint.state()).isEqualTo(EndPointState.RECVD_MPAREQ);
        assertThat(rig.bob.machine.ledger().held(Resource.TIMER)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "4d504120494420526570204672616d65 0081 0000 00000000 00000001", // key of a reply
        "4d504120494420526571204672616d65 0001 0000 00000000 00000001", // revision 1: siw
        "4d504120494420526571204672616d65 0002 0000 00000000 00000001", // revision 2: siw, enhanced
        "4d504120494420526571204672616d65 0081 0101", "4d504120494420526571204672616d65 0081 ffff",
        "4d504120494420526571204672616d65 0081 0000 00000000 00000001 00",
        "00000000000000000000000000000000 00000000", "474554202f20485454502f312e310d0a486f73743a2062 6f620d0a0d0a" })
    void malformedRequest_closesSilently(String bytes) {
        rig.settle();
        alice.send(bytes);
        rig.settle();

        assertClosedSilently();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 20, 28 })
    void earlyEnd_closesSilently(int bytes) {
        rig.settle();
        alice.send(Frames.frame(Frames.REQ, "0081", "00000000", "00000001", "0102").substring(0, 2 * bytes));
        alice.stream().close();
        rig.settle();

        assertThat(events).isEmpty();
        assertNoConnectionLeft();
    }

    @ParameterizedTest
    @CsvSource({ "8081,2081", "4081,2081", "c081,2081", "d281,3281" })
    void markersOrCrcAsked_areAnsweredWithReject_withoutPrivateData_thenClosed(String flags, String answered) {
        rig.settle();
        alice.send(Frames.frame(Frames.REQ, flags, "11223344", "00000005", "aabb"));
        rig.settle();

        assertThat(alice.received()).isEqualTo(Frames.frame(Frames.REP, answered, "11223344", "00000005", ""));
        assertThat(alice.closedByPeer()).isTrue();
        assertThat(events).isEmpty();
        assertNoConnectionLeft();
    }

    @Test
    void reject_sendsTheFlagAndPrivateData_withTheRequestsCookieAndFlags_andCloses() {
        PassiveEndPoint endPoint = request("1081", "fedcba93", "").endPoint();

        endPoint.reject(new byte[]{ 4, 5 });
        rig.settle();

        assertThat(alice.received()).isEqualTo(Frames.frame(Frames.REP, "3081", "11223344", "fedcba93", "0405"));
        assertThat(alice.closedByPeer()).isTrue();
        assertNoConnectionLeft();
    }

    @Test
    void reject_with256Bytes_isEinval_andTheRequestStaysUndecided() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        assertErrno(Errno.EINVAL, () -> endPoint.reject(new byte[256]));
        assertThat(endPoint.state()).isEqualTo(EndPointState.RECVD_MPAREQ);
        endPoint.reject(new byte[255]);
        rig.settle();

        assertThat(alice.received()).hasSize(2 * (28 + 255));
    }

    @Test
    void acceptAndReject_areEconnreset_onceItIsDecided() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();
        accept(endPoint, "");

        assertErrno(Errno.ECONNRESET, () -> endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add));
        assertErrno(Errno.ECONNRESET, () -> endPoint.reject(new byte[0]));

        assertThat(endPoint.state()).as("unharmed").isEqualTo(EndPointState.RDMA_MODE);
    }

    @Test
    void acceptAndReject_areEconnreset_onceThePeerHasClosed() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();
        alice.stream().close();
        rig.settle();

        assertErrno(Errno.ECONNRESET, () -> endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add));
        assertErrno(Errno.ECONNRESET, () -> endPoint.reject(new byte[0]));
        assertNoConnectionLeft();
    }

    @Test
    void defect8_acceptWithAnUnknownQp_isEnoent_andFreesTheEndPoint() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        assertErrno(Errno.ENOENT, () -> endPoint.accept(999, 0, 0, new byte[0], events::add));
        rig.settle();

        assertThat(endPoint.lock.isHeld()).as("nobody uses it").isFalse();
        assertThat(endPoint.state()).isEqualTo(EndPointState.CLOSED);
        assertThat(alice.closedByPeer()).isTrue();
        assertNoConnectionLeft();
    }

    @ParameterizedTest
    @CsvSource({ "129,0,0", "0,65,0", "-1,0,0", "0,-1,0", "0,0,256" })
    void acceptOverTheLimits_isEinval_andCloses(int ird, int ord, int privateBytes) {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        assertErrno(Errno.EINVAL, () -> endPoint.accept(qp.qpn(), ird, ord, new byte[privateBytes], events::add));
        rig.settle();

        assertThat(alice.closedByPeer()).isTrue();
        assertThat(qp.log()).doesNotContain("connect");
        assertNoConnectionLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = { "RTS", "CLOSING", "ERROR" })
    void acceptWithAQpBeyondRtr_isEinval_andLeavesTheQpAlone(FakeQp.State state) {
        qp.state(state);
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        assertErrno(Errno.EINVAL, () -> endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add));

        assertThat(qp.state()).isEqualTo(state);
        assertNoConnectionLeft();
    }

    @Test
    void acceptWithARefusedModifyQp_throwsTheDevicesErrno_andCloses() {
        qp.refuse(Errno.EIO);
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        assertErrno(Errno.EIO, () -> endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add));
        rig.settle();

        assertThat(alice.received()).isEmpty();
        assertThat(alice.closedByPeer()).isTrue();
        assertNoConnectionLeft();
    }

    @Test
    void acceptWhoseReplyCannotBeSent_isEconnreset_andTakesTheQpOutOfRts() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();
        rig.network.windowBytes(10);
        events.clear();

        assertErrno(Errno.ECONNRESET, () -> endPoint.accept(qp.qpn(), 0, 0, new byte[0], events::add));
        rig.settle();

        assertThat(qp.log()).containsExactly("connect", "streamClosed");
        assertThat(qp.state()).isEqualTo(FakeQp.State.CLOSING);
        assertThat(events).isEmpty();
        assertNoConnectionLeft();
    }

    @Test
    void defect17_255BytesAreAccepted() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();

        accept(endPoint, "77".repeat(255));

        assertThat(alice.received()).isEqualTo(
                Frames.frame(Frames.REP, "0081", "c0010001", "00000001", "77".repeat(255)));
        assertThat(qp.handover().replyLength()).isEqualTo(28 + 255);
    }

    @Test
    void request_with256BytesOfPrivateData_isTaken() {
        assertThat(request("0081", "00000001", "66".repeat(256)).request().privateData()).hasSize(256);
    }

    @Test
    void requestWithTheRejectFlag_isAnOrdinaryRequest() {
        PassiveEndPoint endPoint = request("2081", "00000001", "").endPoint();

        accept(endPoint, "");

        assertThat(alice.received()).isEqualTo(Frames.frame(Frames.REP, "0081", "c0010001", "00000001", ""));
    }

    @Test
    void peerClosesInRdmaMode_disconnectThenClose() {
        PassiveEndPoint endPoint = request("0081", "00000001", "").endPoint();
        accept(endPoint, "");
        events.clear();
        alice.stream().close();
        rig.settle();

        assertThat(events).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
        assertThat(qp.state()).isEqualTo(FakeQp.State.CLOSING);
        assertNoConnectionLeft();
    }

    @Test
    void backlog_limitsUndecidedRequests_andFreesWithADecision() {
        rig.settle();
        List<RawPeer> peers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            peers.add(RawPeer.connecting(rig.alice, rig.bob, Rig.PORT));
            rig.settle();
        }
        assertThat(peers.stream().filter(RawPeer::closedByPeer)).as("4 fit, one of them the test's own").hasSize(2);

        alice.close();
        rig.settle();
        RawPeer later = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);
        rig.settle();

        assertThat(later.closedByPeer()).isFalse();
    }

    @Test
    void backlog_doesNotCountConnectionsThatStand() {
        for (int i = 0; i < 10; i++) {
            RawPeer peer = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);
            rig.settle();
            peer.send(Frames.request());
            rig.settle();
            PassiveEndPoint endPoint = ((IwEvent.ConnectRequest) events.removeLast()).endPoint();
            endPoint.accept(rig.bob.device.createQp().qpn(), 0, 0, new byte[0], event -> {});
            assertThat(endPoint.state()).isEqualTo(EndPointState.RDMA_MODE);
        }
    }

    @Test
    void closedListener_dropsRequestsThatHaveNotCome_butKeepsWhatTheConsumerKnows() {
        PassiveEndPoint known = request("0081", "00000001", "").endPoint();
        RawPeer silent = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);
        rig.settle();

        listener.close();
        rig.settle();

        assertThat(silent.closedByPeer()).isTrue();
        assertThat(known.state()).isEqualTo(EndPointState.RECVD_MPAREQ);
        accept(known, "");
        assertThat(known.state()).isEqualTo(EndPointState.RDMA_MODE);
        assertThat(listener.state()).isEqualTo(EndPointState.CLOSED);
    }

    @Test
    void streamThatArrivesWhileTheListenerCloses_isClosed() {
        rig.network.deliverAll(); // accepted, but the work is still queued
        listener.close();
        rig.settle();

        assertThat(alice.closedByPeer()).isTrue();
        assertNoConnectionLeft();
    }

    @Test
    void streamThatArrivesAfterTheQueueIsClosed_isClosed() {
        rig.bob.queue.close();
        rig.settle();

        assertThat(alice.closedByPeer()).isTrue();
    }

    private IwEvent.ConnectRequest request(String flags, String extension, String privateData) {
        rig.settle();
        alice.send(Frames.frame(Frames.REQ, flags, "11223344", extension, privateData));
        rig.settle();
        return (IwEvent.ConnectRequest) events.getLast();
    }

    private void accept(PassiveEndPoint endPoint, String privateDataHex) {
        endPoint.accept(qp.qpn(), 5, 6, HexFormat.of().parseHex(privateDataHex), events::add);
        rig.settle();
    }

    private void assertClosedSilently() {
        assertThat(alice.closedByPeer()).isTrue();
        assertThat(alice.received()).isEmpty();
        assertThat(events).isEmpty();
        assertNoConnectionLeft();
    }

    private void assertNoConnectionLeft() {
        listener.close();
        rig.settle();
        assertThat(rig.bob.endPoints.count()).isZero();
        assertThat(rig.bob.device.references()).isZero();
        assertThat(qp.owned()).isFalse();
        assertThat(rig.bob.machine.ledger().outstanding()).isEmpty();
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
