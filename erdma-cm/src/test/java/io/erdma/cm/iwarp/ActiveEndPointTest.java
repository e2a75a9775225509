package io.erdma.cm.iwarp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.Resource;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The active side against a peer of bytes: every row of its table in driver-behaviour §6. */
class ActiveEndPointTest {
    private final Rig rig = new Rig();
    private final RawPeer bob = RawPeer.listening(rig.bob, Rig.PORT);
    private final FakeQp qp = rig.alice.device.createQp();
    private final List<IwEvent> events = new ArrayList<>();

    @Test
    void connect_sendsARequestWithCookieAndCongestionControlOfTheQp() {
        qp.congestionControl(3);

        connect("cafe");

        assertThat(bob.received()).isEqualTo(Frames.frame(Frames.REQ, "0081", "c0010001", "00000003", "cafe"));
    }

    @Test
    void goodReply_movesTheQpToRts_andReportsSuccessWithPrivateData() {
        ActiveEndPoint endPoint = connect("");
        answer(Frames.frame(Frames.REP, "0081", "99887766", "00000001", "beef"));

        assertThat(status()).isEqualTo("connected");
        assertThat(reply().privateData()).containsExactly(0xbe, 0xef);
        assertThat(endPoint.state()).isEqualTo(EndPointState.RDMA_MODE);
        assertThat(qp.state()).isEqualTo(FakeQp.State.RTS);
        QpPort.Handover handover = qp.handover();
        assertThat(handover.peerCookie()).isEqualTo(0x99887766);
        assertThat(handover.congestionControl()).isEqualTo(1);
        assertThat(handover.replyLength()).isZero();
        assertThat(handover.local()).isEqualTo(bob.stream().remote());
        assertThat(handover.remote()).isEqualTo(rig.bob.at(Rig.PORT));
        assertThat(handover.sendSequence()).as("behind the request").isEqualTo(bob.stream().receiveSequence() + 28);
        assertThat(handover.receiveSequence()).as("behind the reply").isEqualTo(bob.stream().sendSequence());
        assertThat(handover.ird()).isEqualTo(2);
        assertThat(handover.ord()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({ "0,0,0", "4,4,4", "0,4,1", "4,0,1", "1,0,1", "0,1,1" })
    void congestionControl_isTheCommonOne_orCubic(int own, int peers, int agreed) {
        qp.congestionControl(own);
        connect("");
        answer(Frames.frame(Frames.REP, "0081", "00000000", "0000000" + peers, ""));

        assertThat(qp.handover().congestionControl()).isEqualTo(agreed);
    }

    @Test
    void connectionRefused_isEconnreset() {
        bob.close();
        connect("");

        assertFailed(Errno.ECONNRESET);
    }

    @ParameterizedTest
    @CsvSource({ "ECONNRESET,ECONNRESET", "EHOSTUNREACH,ECONNRESET", "ENETUNREACH,ECONNRESET", "ETIMEDOUT,ETIMEDOUT" })
    void connectionFailed_isEconnreset_butATimeOutStaysOne(Errno reason, Errno status) {
        rig.network.refuse(rig.bob.at(Rig.PORT), reason);
        connect("");

        assertFailed(status);
    }

    @Test
    void closedBeforeTheReply_isEconnreset() {
        connect("");
        bob.stream().close();
        rig.settle();

        assertFailed(Errno.ECONNRESET);
    }

    /** What a full backlog does. */
    @Test
    void closedBeforeTheRequestIsSent_isEconnresetToo() {
        ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(), rig.bob.at(Rig.PORT), qp.qpn(),
                2, 3, new byte[0], events::add);
        rig.network.deliverAll();
        bob.stream().close();
        rig.settle();

        assertFailed(Errno.ECONNRESET);
    }

    @Test
    void resetBeforeTheReply_isEconnreset() {
        connect("");
        rig.network.reset(bob.stream());
        rig.settle();

        assertFailed(Errno.ECONNRESET);
    }

    @Test
    void rejectFlag_isEconnreset_withThePrivateData() {
        connect("");
        answer(Frames.frame(Frames.REP, "2081", "00000000", "00000000", "0102"));

        assertFailed(Errno.ECONNRESET);
        assertThat(reply().privateData()).containsExactly(1, 2);
    }

    @Test
    void defect18_rejectWithoutPrivateData_closedRightBehind_isEconnreset() {
        connect("");
        bob.send(Frames.frame(Frames.REP, "2081", "00000000", "00000000", ""));
        bob.stream().close();
        rig.settle();

        assertFailed(Errno.ECONNRESET);
        assertThat(reply().reject()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = { "8081", "4081", "c081" })
    void markersOrCrcInTheReply_areEconnrefused(String flags) {
        connect("");
        answer(Frames.frame(Frames.REP, flags, "00000000", "00000001", ""));

        assertFailed(Errno.ECONNREFUSED);
    }

    @Test
    void rejectFlag_countsBeforeMarkersAndCrc() {
        connect("");
        answer(Frames.frame(Frames.REP, "e081", "00000000", "00000001", ""));

        assertFailed(Errno.ECONNRESET);
    }

    @Test
    void noConnectionIn10Seconds_isEtimedout() {
        rig.network.silence(rig.bob.at(Rig.PORT));
        connect("");

        rig.pass(Duration.ofSeconds(10).minusNanos(1));
        assertThat(events).isEmpty();
        rig.pass(Duration.ofNanos(1));

        assertFailed(Errno.ETIMEDOUT);
    }

    @Test
    void noReplyIn10SecondsAfterTheConnection_isEtimedout_andHidesPrivateData() {
        connect("");
        bob.send(Frames.frame(Frames.REP, "0081", "00000000", "00000001", "01020304").substring(0, 62));

        rig.pass(Duration.ofSeconds(10).minusNanos(1));
        assertThat(events).isEmpty();
        rig.pass(Duration.ofNanos(1));

        assertFailed(Errno.ETIMEDOUT);
        assertThat(((IwEvent.ConnectReply) events.getFirst()).reply()).isEmpty();
    }

    @Test
    void connectTimer_doesNotRunOnWhileTheReplyIsAwaited() {
        rig.network.silence(rig.bob.at(Rig.PORT));
        ActiveEndPoint endPoint = connect("");
        rig.pass(Duration.ofSeconds(9));
        endPoint.lock.run(() -> endPoint.enter(EndPointState.AWAIT_MPAREP, ActiveEndPoint.REPLY_TIMEOUT_NANOS));

        rig.pass(Duration.ofSeconds(9));

        assertThat(events).isEmpty();
        assertThat(rig.alice.machine.ledger().held(Resource.TIMER)).isEqualTo(1);
    }

    @Test
    void requestThatCannotBeSent_isEio() {
        rig.network.windowBytes(27);
        connect("");

        assertFailed(Errno.EIO);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "4d504120494420526571204672616d65 0081 0000 00000000 00000001", // key of a request
        "4d504120494420526570204672616d65 0001 0000 00000000 00000001", // revision 1
        "4d504120494420526570204672616d65 0081 0101 00000000 00000001", // 257 bytes
        "4d504120494420526570204672616d65 0081 0000 00000000 00000001 00", // a byte behind
        "4d504120494420526570204672616d65 0081 0001 00000000 00000001 0000", // a byte behind private data
        "ffffffffffffffffffffffffffffffff ffff ffff ffffffff ffffffff" })
    void brokenReply_isEinval(String frame) {
        connect("");
        answer(frame);

        assertFailed(Errno.EINVAL);
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 20, 27, 29 })
    void streamEndsInsideTheReply_isEinval(int bytes) {
        connect("");
        bob.send(Frames.frame(Frames.REP, "0081", "00000000", "00000001", "0102").substring(0, 2 * bytes));
        bob.stream().close();
        rig.settle();

        assertFailed(Errno.EINVAL);
    }

    @ParameterizedTest
    @ValueSource(strings = { "CLOSING", "ERROR" })
    void qpBeyondRtr_isEinval_onceTheReplyIsThere(FakeQp.State state) {
        qp.state(state);
        connect("");
        assertThat(events).isEmpty();
        answer(Frames.reply());

        assertThat(status()).isEqualTo("EINVAL");
        assertThat(qp.log()).as("it is nobody's business to touch it").isEmpty();
        assertNothingLeft();
    }

    @Test
    void qpThatLeavesWhileTheReplyIsAwaited_isEinval() {
        connect("");
        qp.fail();
        rig.settle();

        assertFailed(Errno.EINVAL);
    }

    @Test
    void qpThatLeavesWhileConnecting_isEinval() {
        rig.network.silence(rig.bob.at(Rig.PORT));
        connect("");
        qp.fail();
        rig.settle();

        assertThat(status()).isEqualTo("EINVAL");
        assertNothingLeft();
    }

    @Test
    void refusedModifyQp_isEinval() {
        connect("");
        qp.refuse(Errno.EIO);
        answer(Frames.reply());

        assertFailed(Errno.EINVAL);
        assertThat(qp.state()).isEqualTo(FakeQp.State.IDLE);
    }

    @Test
    void replyByteByByte_isAGoodReply() {
        rig.network.segmentBytes(1);
        connect("aa");
        answer(Frames.frame(Frames.REP, "0081", "00000000", "00000001", "0102030405"));

        assertThat(status()).isEqualTo("connected");
        assertThat(reply().privateData()).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void defect17_255BytesOfPrivateDataAreSent_256AreEinval() {
        assertRefused(Errno.EINVAL, () -> connect("00".repeat(256)));
        assertThat(rig.alice.endPoints.count()).isZero();

        connect("ab".repeat(255));

        assertThat(bob.received()).isEqualTo(
                Frames.frame(Frames.REQ, "0081", "c0010001", "00000001", "ab".repeat(255)));
    }

    @ParameterizedTest
    @CsvSource({ "129,0", "0,65", "-1,0", "0,-1" })
    void depthsOverTheDevicesLimits_areEinval(int ird, int ord) {
        assertRefused(Errno.EINVAL, () -> connect(rig.bob.at(Rig.PORT), qp.qpn(), ird, ord, new byte[0]));
    }

    @Test
    void anotherFamily_isEafnosupport_beforeTheQpIsLookedFor() throws Exception {
        InetSocketAddress six = new InetSocketAddress(Inet6Address.getByName("::1"), Rig.PORT);

        assertRefused(Errno.EAFNOSUPPORT, () -> connect(six, 999, 0, 0, new byte[0]));
    }

    @Test
    void unknownQp_isEnoent() {
        assertRefused(Errno.ENOENT, () -> connect(rig.bob.at(Rig.PORT), 999, 0, 0, new byte[0]));
    }

    @Test
    void qpOfAnotherConnection_isEinval_andTheOtherIsUnharmed() {
        connect("");

        assertThatThrownBy(() -> connect("")).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        answer(Frames.reply());

        assertThat(status()).isEqualTo("connected");
        assertThat(qp.references()).isEqualTo(1);
    }

    @Test
    void localAddressThatIsNotOurs_isEaddrnotavail_andNothingIsLeft() {
        assertRefused(Errno.EADDRNOTAVAIL, () -> ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device,
                Optional.of(rig.bob.at(0)), rig.bob.at(Rig.PORT), qp.qpn(), 0, 0, new byte[0], events::add));
        assertThat(qp.owned()).isFalse();
    }

    @Test
    void localPort_isUsed() {
        ActiveEndPoint endPoint = ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device,
                Optional.of(rig.alice.at(4444)), rig.bob.at(Rig.PORT), qp.qpn(), 0, 0, new byte[0], events::add);

        assertThat(endPoint.local()).isEqualTo(rig.alice.at(4444));
    }

    @Test
    void deviceThatIsGone_isRefused() {
        rig.alice.device.die();

        assertRefused(Errno.ENOENT, () -> connect(""));
    }

    @Test
    void peerClosesInRdmaMode_disconnectThenClose_andTheQpFollows() {
        connect("");
        answer(Frames.reply());
        events.clear();
        bob.stream().close();
        rig.settle();

        assertThat(events).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
        assertThat(qp.state()).isEqualTo(FakeQp.State.CLOSING);
        assertNothingLeft();
    }

    private ActiveEndPoint connect(String privateDataHex) {
        return connect(rig.bob.at(Rig.PORT), qp.qpn(), 2, 3, HexFormat.of().parseHex(privateDataHex));
    }

    private ActiveEndPoint connect(InetSocketAddress remote, int qpn, int ird, int ord, byte[] privateData) {
        ActiveEndPoint endPoint = ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(),
                remote,
                qpn, ird, ord, privateData, events::add);
        rig.settle();
        return endPoint;
    }

    private void answer(String frame) {
        bob.send(frame);
        rig.settle();
    }

    private String status() {
        assertThat(events).hasSize(1);
        return ((IwEvent.ConnectReply) events.getFirst()).error().map(Errno::toString).orElse("connected");
    }

    private MpaFrame reply() { return ((IwEvent.ConnectReply) events.getFirst()).reply().orElseThrow(); }

    private void assertFailed(Errno status) {
        assertThat(status()).isEqualTo(status.toString());
        assertThat(qp.state()).isIn(FakeQp.State.IDLE, FakeQp.State.ERROR);
        assertNothingLeft();
    }

    private void assertRefused(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
        assertThat(events).isEmpty();
        assertNothingLeft();
    }

    private void assertNothingLeft() {
        assertThat(rig.alice.endPoints.count()).isZero();
        assertThat(rig.alice.device.references()).isZero();
        assertThat(qp.owned()).isFalse();
        assertThat(rig.alice.machine.ledger().outstanding()).isEmpty();
    }
}
