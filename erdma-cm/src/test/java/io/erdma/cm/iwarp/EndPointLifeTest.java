package io.erdma.cm.iwarp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two end points with each other: how connections end, from every state. */
class EndPointLifeTest {
    private final Rig rig = new Rig();
    private final List<IwEvent> active = new ArrayList<>();
    private final List<IwEvent> passive = new ArrayList<>();
    private final FakeQp aliceQp = rig.alice.device.createQp();
    private final FakeQp bobQp = rig.bob.device.createQp();
    private final ListeningEndPoint listener = ListeningEndPoint.listen(rig.bob.endPoints, rig.bob.device,
            rig.bob.at(Rig.PORT), 0, passive::add);
    private Optional<PassiveEndPoint> asked = Optional.empty();

    @AfterEach
    void nothingIsLeft() {
        listener.close();
        rig.settle();
        for (Rig.Side side : List.of(rig.alice, rig.bob)) {
            assertThat(side.endPoints.count()).isZero();
            assertThat(side.device.references()).isZero();
            assertThat(side.machine.ledger().outstanding()).isEmpty();
        }
        assertThat(aliceQp.owned() || bobQp.owned()).isFalse();
    }

    @Test
    void bothSidesConnect_andAgreeOnTheSequenceNumbers() {
        ActiveEndPoint endPoint = connected();

        QpPort.Handover out = aliceQp.handover();
        QpPort.Handover in = bobQp.handover();
        assertThat(in.receiveSequence()).isEqualTo(out.sendSequence());
        assertThat(in.sendSequence() + in.replyLength()).isEqualTo(out.receiveSequence());
        assertThat(in.local()).isEqualTo(out.remote());
        assertThat(in.remote()).isEqualTo(out.local());
        assertThat(out.peerCookie()).isEqualTo(bobQp.cookie());
        assertThat(in.peerCookie()).isEqualTo(aliceQp.cookie());
        endPoint.close();
    }

    @Test
    void disconnect_closesBothSides_gracefully() {
        ActiveEndPoint endPoint = connected();

        endPoint.disconnect(false);
        rig.settle();

        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
        assertThat(aliceQp.log()).as("what left RTS by itself does not follow the stream").containsExactly("connect",
                "disconnect");
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.CLOSING);
        assertThat(bobQp.state()).isEqualTo(FakeQp.State.CLOSING);
    }

    @Test
    void abruptDisconnect_movesTheQpToError() {
        connected().disconnect(true);
        rig.settle();

        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.ERROR);
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
    }

    @Test
    void disconnectTwice_reportsCloseOnce() {
        ActiveEndPoint endPoint = connected();

        endPoint.disconnect(false);
        endPoint.disconnect(false);
        rig.settle();
        endPoint.disconnect(false);

        assertThat(active).containsExactly(new IwEvent.Close());
    }

    @Test
    void disconnectThatTheDeviceRefuses_closesTheStreamAllTheSame() {
        ActiveEndPoint endPoint = connected();
        aliceQp.refuse(Errno.EIO);

        endPoint.disconnect(false);
        rig.settle();

        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
    }

    @Test
    void disconnectBeforeItIsConnected_isEinval() {
        ActiveEndPoint endPoint = begin();

        assertThatThrownBy(() -> endPoint.disconnect(false)).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        endPoint.close();
    }

    @Test
    void qpLeavingRts_closesTheStream_whichTellsThePeer() {
        connected();

        aliceQp.fail();
        rig.settle();

        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
    }

    @Test
    void bothSidesDisconnectAtOnce_eachReportsCloseOnce() {
        ActiveEndPoint endPoint = connected();

        endPoint.disconnect(false);
        asked.orElseThrow().disconnect(false);
        rig.settle();

        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(passive).containsExactly(new IwEvent.Close());
    }

    @Test
    void peersCloseAndOwnDisconnect_reportCloseOnce() {
        ActiveEndPoint endPoint = connected();
        asked.orElseThrow().disconnect(false);
        rig.bob.queue.runPending();
        rig.network.deliverAll(); // the end of the stream is known here, but not looked at

        endPoint.disconnect(false);
        rig.settle();

        assertThat(active).filteredOn(new IwEvent.Close()::equals).hasSize(1);
    }

    @Test
    void closeInRdmaMode_isAbrupt_andSilentHere() {
        ActiveEndPoint endPoint = connected();

        endPoint.close();
        rig.settle();

        assertThat(active).isEmpty();
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.ERROR);
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
        assertThat(endPoint.state()).isEqualTo(EndPointState.CLOSED);
    }

    @Test
    void closeWhileConnecting_isSilent_andLeavesTheQpUsable() {
        rig.network.silence(rig.bob.at(Rig.PORT));
        ActiveEndPoint endPoint = begin();
        assertThat(endPoint.state()).isEqualTo(EndPointState.CONNECTING);

        endPoint.close();
        rig.settle();

        assertThat(active).isEmpty();
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.IDLE);
    }

    @Test
    void closeWhileTheReplyIsAwaited_isSilent_andThePeersRequestIsOver() {
        ActiveEndPoint endPoint = begin();
        assertThat(endPoint.state()).isEqualTo(EndPointState.AWAIT_MPAREP);

        endPoint.close();
        rig.settle();

        assertThat(active).isEmpty();
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.IDLE);
        assertThat(asked.orElseThrow().state()).isEqualTo(EndPointState.CLOSED);
    }

    @Test
    void closeWhileTheRequestIsAwaited_isSilent() {
        RawPeer silent = RawPeer.connecting(rig.alice, rig.bob, Rig.PORT);
        rig.settle();

        rig.bob.endPoints.close();
        rig.settle();

        assertThat(silent.closedByPeer()).isTrue();
        assertThat(silent.received()).isEmpty();
        silent.close();
    }

    @Test
    void closeOfAnUndecidedRequest_rejectsIt() {
        begin();

        asked.orElseThrow().close();
        rig.settle();

        assertThat(((IwEvent.ConnectReply) active.getFirst()).reply().orElseThrow().reject()).isTrue();
        assertThat(passive).as("the request alone").hasSize(1);
    }

    @Test
    void closeTwice_isOnce() {
        ActiveEndPoint endPoint = connected();

        endPoint.close();
        endPoint.close();
        rig.settle();
        endPoint.close();

        assertThat(aliceQp.log()).containsExactly("connect", "abort");
        assertThat(endPoint.state()).isEqualTo(EndPointState.CLOSED);
    }

    @Test
    void closeThatTheDeviceRefuses_leavesNothingAllTheSame() {
        ActiveEndPoint endPoint = connected();
        aliceQp.refuse(Errno.EIO);

        endPoint.close();
        rig.settle();

        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
    }

    @Test
    void closeByAnEventsReceiver_isAllowed() {
        List<String> seen = new ArrayList<>();
        ActiveEndPoint[] endPoint = new ActiveEndPoint[1];
        endPoint[0] = ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(),
                rig.bob.at(Rig.PORT), aliceQp.qpn(), 0, 0, new byte[0], event -> {
                    seen.add(event.getClass().getSimpleName() + endPoint[0].lock.isHeld());
                    endPoint[0].close();
                });
        rig.settle();
        accept();
        rig.settle();

        assertThat(seen).containsExactly("ConnectReplyfalse");
        assertThat(aliceQp.state()).isEqualTo(FakeQp.State.ERROR);
    }

    @Test
    void removedDevice_closesAllItsEndPoints_atOnce_andConnectedOnesReportClose() {
        connected();
        rig.network.silence(rig.bob.at(1));
        FakeQp second = rig.alice.device.createQp();
        List<IwEvent> connecting = new ArrayList<>();
        ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(), rig.bob.at(1), second.qpn(), 0,
                0,
                new byte[0], connecting::add);
        ListeningEndPoint port = ListeningEndPoint.listen(rig.alice.endPoints, rig.alice.device, rig.alice.at(80), 0,
                connecting::add);

        rig.alice.device.die();
        rig.alice.endPoints.deviceRemoved(rig.alice.device);

        assertThat(rig.alice.device.references()).isZero();
        assertThat(rig.alice.machine.ledger().outstanding()).isEmpty();
        assertThat(port.state()).isEqualTo(EndPointState.CLOSED);
        rig.settle();
        assertThat(active).containsExactly(new IwEvent.Close());
        assertThat(connecting).isEmpty();
        assertThat(aliceQp.log()).as("the device sees to its QPs").containsExactly("connect");
        assertThat(passive).containsExactly(new IwEvent.Disconnect(), new IwEvent.Close());
    }

    @Test
    void removedDevice_leavesOtherDevicesAlone() {
        ActiveEndPoint endPoint = connected();

        rig.alice.endPoints.deviceRemoved(rig.bob.device);

        assertThat(endPoint.state()).isEqualTo(EndPointState.RDMA_MODE);
        endPoint.close();
    }

    @Test
    void listenOnADeviceThatIsGone_isEnodev() {
        rig.alice.device.die();

        assertThatThrownBy(() -> ListeningEndPoint.listen(rig.alice.endPoints, rig.alice.device, rig.alice.at(80), 0,
                event -> {})).isInstanceOfSatisfying(ErrnoException.class,
                        e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
    }

    @Test
    void connectAfterClose_isEbadf_andLeavesNothing() {
        rig.alice.endPoints.close();

        assertThatThrownBy(this::begin).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }

    @Test
    void listenOnATakenPort_isEaddrinuse() {
        assertThatThrownBy(() -> ListeningEndPoint.listen(rig.bob.endPoints, rig.bob.device, rig.bob.at(Rig.PORT), 0,
                event -> {})).isInstanceOfSatisfying(ErrnoException.class,
                        e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
    }

    @Test
    void callbacksWithinOurOwnCalls_areNoTrouble() {
        // a network that delivers in the call that causes it is the hardest that the contract of streams allows
        Executor atOnce = Runnable::run;
        Rig direct = new Rig(atOnce);
        List<IwEvent> here = new ArrayList<>();
        List<IwEvent> there = new ArrayList<>();
        ListeningEndPoint port = ListeningEndPoint.listen(direct.bob.endPoints, direct.bob.device,
                direct.bob.at(Rig.PORT), 0, there::add);
        ActiveEndPoint endPoint = ActiveEndPoint.connect(direct.alice.endPoints, direct.alice.device, Optional.empty(),
                direct.bob.at(Rig.PORT), direct.alice.device.createQp().qpn(), 0, 0, new byte[0], here::add);
        direct.settle();
        ((IwEvent.ConnectRequest) there.getFirst()).endPoint().accept(direct.bob.device.createQp().qpn(), 0, 0,
                new byte[0], there::add);
        direct.settle();
        endPoint.disconnect(false);
        direct.settle();
        port.close();

        assertThat(here).hasSize(2).endsWith(new IwEvent.Close());
        assertThat(there).hasSize(4).endsWith(new IwEvent.Established(), new IwEvent.Disconnect(), new IwEvent.Close());
        assertThat(direct.bob.machine.ledger().outstanding()).isEmpty();
    }

    private ActiveEndPoint begin() {
        ActiveEndPoint endPoint = ActiveEndPoint.connect(rig.alice.endPoints, rig.alice.device, Optional.empty(),
                rig.bob.at(Rig.PORT), aliceQp.qpn(), 1, 1, new byte[0], active::add);
        rig.settle();
        asked = passive.stream().map(event -> ((IwEvent.ConnectRequest) event).endPoint()).findFirst();
        return endPoint;
    }

    private void accept() {
        asked = Optional.of(((IwEvent.ConnectRequest) passive.getFirst()).endPoint());
        asked.get().accept(bobQp.qpn(), 1, 1, new byte[0], passive::add);
    }

    /** Connected, and no event left to look at. */
    private ActiveEndPoint connected() {
        ActiveEndPoint endPoint = begin();
        accept();
        rig.settle();
        assertThat(active).hasSize(1);
        assertThat(passive).endsWith(new IwEvent.Established());
        active.clear();
        passive.clear();
        return endPoint;
    }
}
