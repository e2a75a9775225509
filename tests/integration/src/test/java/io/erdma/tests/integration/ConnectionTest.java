package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cm.ConnectionOptions;
import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.cm.RdmaListener;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.driver.Host;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections of two hosts from listen to disconnect, over TCP, MPA and the card (driver-behaviour §6). */
class ConnectionTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final InetSocketAddress BOB = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 7174);

    private static WorkCompletion next(CompletionQueue cq) {
        WorkCompletion[] one = WorkCompletion.array(1);
        Await.until("there is a completion at " + cq, () -> cq.poll(1, one) != 0);
        return one[0];
    }

    private static WorkCompletion next(CompletionQueue cq, WcStatus status) {
        WorkCompletion completion = next(cq);
        assertThat(completion.status).as("%s", completion).isEqualTo(status);
        return completion;
    }

    /** A message of 8 bytes from the first half of the sender's memory to the second half of the receiver's. */
    private static void exchange(RdmaConnection from, RdmaConnection to, long value) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment source = arena.allocate(4096, 4096);
            MemorySegment target = arena.allocate(4096, 4096);
            try (MemoryRegion sourceMr = from.register(source);
                    MemoryRegion targetMr = to.register(target, Access.LOCAL_WRITE)) {
                assertThat(to.qp().postRecv(new ReceiveRequest().set(1, target.address(), 8, targetMr.lkey())))
                        .isEqualTo(PostResult.ok(1));
                source.set(ValueLayout.JAVA_LONG, 0, value);
                SendRequest request = new SendRequest().addSge(source.address(), 8, sourceMr.lkey());
                request.flags = SendFlag.SIGNALED;
                assertThat(from.qp().postSend(request)).isEqualTo(PostResult.ok(1));
                next(from.cq(), WcStatus.SUCCESS);
                next(to.cq(), WcStatus.SUCCESS);
                assertThat(target.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(value);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void connect_accept_exchange_disconnect_leavesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174);
                RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG)) {
            for (int n = 0; n < 50; n++) {
                exchange(out, in, n);
                exchange(in, out, -n);
            }
            out.disconnect();
            assertThat(in.awaitDisconnected(LONG)).isTrue();
            assertThat(out.awaitDisconnected(LONG)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void privateData_reachesBothSides(Mode mode) {
        ConnectionOptions ask = ConnectionOptions.builder().privateData((byte) 1, (byte) 2).build();
        ConnectionOptions answer = ConnectionOptions.builder().privateData(new byte[255]).build();
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen(BOB, answer);
                RdmaConnection out = tenants.host("alice").cm().connect(BOB, ask);
                RdmaConnection in = door.accept(LONG)) {
            assertThat(in.privateData()).containsExactly(1, 2);
            assertThat(out.privateData()).isEqualTo(new byte[255]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void privateData_ofMoreThan255Bytes_isRefused_defect17(Mode mode) {
        ConnectionOptions tooMuch = ConnectionOptions.builder().privateData(new byte[256]).build();
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener _ = tenants.host("bob").cm().listen("10.0.0.2", 7174)) {
            assertErrno(Errno.EINVAL, () -> tenants.host("alice").cm().connect(BOB, tooMuch));
        }
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @ParameterizedTest
    @EnumSource
    void nobodyListens_isEconnreset_andLeavesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict())) {
            assertErrno(Errno.ECONNRESET, () -> tenants.host("alice").cm().connect("10.0.0.2", 7174));
            assertThat(tenants.host("alice").cm().idCount()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void loopback_withinOneHost(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174);
                RdmaConnection out = tenants.host("bob").cm().connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG)) {
            exchange(out, in, 1);
            exchange(in, out, 2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyConnections_toOneListener_eachWithItsOwnMessages(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen("0.0.0.0", 7174)) {
            List<RdmaConnection> all = new ArrayList<>();
            for (int n = 0; n < 16; n++) {
                RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG);
                exchange(out, in, n);
                all.add(out);
                all.add(in);
            }
            for (int n = 0; n < all.size(); n += 2) {
                exchange(all.get(n + 1), all.get(n), n);
            }
            all.forEach(RdmaConnection::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    void disconnect_flushesReceivesOfBothSides_andLatePostsComeBackToo(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174);
                RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG)) {
            for (RdmaConnection side : List.of(out, in)) {
                for (int n = 0; n < 3; n++) {
                    assertThat(side.qp().postRecv(empty(n))).isEqualTo(PostResult.ok(1));
                }
            }
            out.disconnect();
            for (RdmaConnection side : List.of(out, in)) {
                for (int n = 0; n < 3; n++) {
                    assertThat(next(side.cq(), WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(n);
                }
                assertThat(side.awaitDisconnected(LONG)).isTrue();
                assertThat(side.qp().postRecv(empty(70))).isEqualTo(PostResult.ok(1));
                assertThat(next(side.cq(), WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(70);
                SendRequest late = new SendRequest();
                late.wrId = 71;
                assertThat(side.qp().postSend(late)).isEqualTo(PostResult.ok(1));
                assertThat(next(side.cq(), WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(71);
            }
        }
    }

    private static ReceiveRequest empty(long wrId) {
        ReceiveRequest request = new ReceiveRequest();
        request.setEmpty(wrId);
        return request;
    }

    /** An active or passive id with a QP of its own, and its channel. */
    private record Party(RdmaEventChannel channel, RdmaCmId id, Side side) implements AutoCloseable {
        static Party of(Tenants tenants, String host) {
            Host own = tenants.host(host);
            RdmaEventChannel channel = own.cm().createEventChannel();
            return new Party(channel, own.cm().createId(channel), Side.of(tenants.device(host)));
        }

        RdmaCmEvent expect(RdmaCmEventType type) {
            RdmaCmEvent event = channel.get(LONG);
            assertThat(event.type()).as("%s", event).isEqualTo(type);
            return event;
        }

        void listen() {
            id.bindAddr(BOB);
            id.listen(4);
        }

        void resolve() {
            id.resolveAddr(BOB);
            expect(RdmaCmEventType.ADDR_RESOLVED);
            id.resolveRoute();
            expect(RdmaCmEventType.ROUTE_RESOLVED);
        }

        RdmaConnParam param() { return RdmaConnParam.qp(side.qp.qpn()); }

        @Override
        public void close() {
            id.close();
            side.close();
            channel.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void rdmaCm_eventsComeInOrder_onBothSides(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Party active = Party.of(tenants, "alice");
                Party passive = Party.of(tenants, "bob")) {
            passive.listen();
            active.resolve();
            active.id.connect(active.param().withInitiatorDepth(7).withPrivateData((byte) 9));

            RdmaCmEvent request = passive.expect(RdmaCmEventType.CONNECT_REQUEST);
            assertThat(request.privateData()).containsExactly(9);
            assertThat(request.listener()).isEqualTo(Optional.of(passive.id));
            RdmaCmId child = request.id();
            child.accept(passive.param().withPrivateData((byte) 8));
            assertThat(passive.expect(RdmaCmEventType.ESTABLISHED).id()).isSameAs(child);
            assertThat(active.expect(RdmaCmEventType.ESTABLISHED).privateData()).containsExactly(8);
            new Pair(active.side, passive.side).assertWorks();

            child.disconnect();
            assertThat(active.expect(RdmaCmEventType.DISCONNECTED).id()).isSameAs(active.id);
            assertThat(passive.expect(RdmaCmEventType.DISCONNECTED).id()).isSameAs(child);
            assertThat(active.channel.poll()).isEmpty();
            assertThat(passive.channel.poll()).isEmpty();
            child.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void reject_carriesItsPrivateData_andTheQpCanBeUsedAgain(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Party active = Party.of(tenants, "alice");
                Party passive = Party.of(tenants, "bob")) {
            passive.listen();
            active.resolve();
            active.id.connect(active.param());
            try (RdmaCmId child = passive.expect(RdmaCmEventType.CONNECT_REQUEST).id()) {
                child.reject((byte) 4, (byte) 2);
            }
            RdmaCmEvent rejected = active.expect(RdmaCmEventType.REJECTED);
            assertThat(rejected.status()).contains(Errno.ECONNRESET);
            assertThat(rejected.privateData()).containsExactly(4, 2);
            Pair.connect(active.side, passive.side);
            new Pair(active.side, passive.side).assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void accept_withAnUnknownQp_isEnoent_andTheDeviceCanStillGo_defect8(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Party active = Party.of(tenants, "alice");
                Party passive = Party.of(tenants, "bob")) {
            passive.listen();
            active.resolve();
            active.id.connect(active.param());
            try (RdmaCmId child = passive.expect(RdmaCmEventType.CONNECT_REQUEST).id()) {
                assertErrno(Errno.ENOENT, () -> child.accept(RdmaConnParam.qp(1000)));
            }
            active.expect(RdmaCmEventType.REJECTED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void peersHostCloses_isADisconnect(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict())) {
            RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174);
            try (RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174)) {
                door.accept(LONG);
                assertThat(out.qp().postRecv(empty(5))).isEqualTo(PostResult.ok(1));
                tenants.host("bob").close();
                assertThat(out.awaitDisconnected(LONG)).isTrue();
                assertThat(next(out.cq(), WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(5);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingAQp_disconnectsItsPeer(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174);
                RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174);
                RdmaConnection in = door.accept(LONG)) {
            out.qp().close();
            assertThat(in.awaitDisconnected(LONG)).isTrue();
            assertThat(out.awaitDisconnected(LONG)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectAndDisconnect_aHundredTimes_leavesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.fast());
                RdmaListener door = tenants.host("bob").cm().listen("10.0.0.2", 7174)) {
            for (int n = 0; n < 100; n++) {
                try (RdmaConnection out = tenants.host("alice").cm().connect("10.0.0.2", 7174);
                        RdmaConnection in = door.accept(LONG)) {
                    exchange(n % 2 == 0 ? out : in, n % 2 == 0 ? in : out, n);
                }
            }
            assertThat(tenants.host("alice").cm().idCount()).isZero();
            assertThat(tenants.host("bob").cm().idCount()).isEqualTo(1);
        }
    }
}
